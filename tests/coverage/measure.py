"""Instruments the project's files when they are imported; what has run costs little afterwards.

slipcover's own way in (`python -m slipcover`) does not know pytest's `--import-mode=importlib` and rewrites every test
file, too. And it takes instrumentation away whenever it has seen enough: in the middle of tests, where another thread
may import what it looks through, so that it fails in somebody's hands. Here that is done between tests.
"""

from __future__ import annotations

import ast
import glob
import json
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from slipcover import FileMatcher, Slipcover
from slipcover.branch import preinstrument

NEVER = -1
"""Hits of a line after which slipcover itself would take instrumentation away."""


class TooLate(Exception):
    """A module that was to be measured is there already: the message names it."""


class Loader(SourceFileLoader):
    """Compiles from source, never from or to `__pycache__`: what is instrumented is of this process alone."""

    def __init__(self, slip: Slipcover, name: str, path: str) -> None:
        super().__init__(name, path)
        self._slip = slip

    def get_code(self, fullname: str) -> CodeType:
        """The module's code, which notes each line and each branch that it comes to."""
        tree = preinstrument(ast.parse(self.get_data(self.path)))
        code: CodeType = self._slip.instrument(compile(tree, self.path, "exec", dont_inherit=True))
        return code

    def exec_module(self, module: ModuleType) -> None:
        """As every loader does."""
        self._slip.register_module(module)
        super().exec_module(module)


class Measure(MetaPathFinder):
    """What runs of `folders` under `root`, but for what `[tool.slipcover]` omits and excludes."""

    def __init__(self, root: Path, folders: Sequence[str], table: Mapping[str, Any]) -> None:
        sources = [str(root / folder) for folder in folders]
        omitted = [f"{glob.escape(str(root))}/{pattern}" for pattern in table.get("omit", ())]
        self._slip = Slipcover(
            branch=True,
            source=sources,
            omit=omitted,
            exclude_also=table.get("exclude-also"),
            d_miss_threshold=NEVER,
        )
        self._matches = FileMatcher(sources, omitted).matches
        self._packages = {Path(folder).parts[0] for folder in folders}

    def start(self) -> None:
        """From now on what is imported is measured. Raises TooLate."""
        early = sorted(name for name, module in sys.modules.items() if self._matches(getattr(module, "__file__", None)))
        if early:
            raise TooLate(f"Imported before it could be measured: {', '.join(early)}")
        sys.meta_path.insert(0, self)

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        """The module, instrumented when it loads. Nothing for what is not measured: others find that."""
        if fullname.partition(".")[0] not in self._packages:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader or not self._matches(spec.origin):
            return None
        spec.loader = Loader(self._slip, fullname, spec.loader.path)
        return spec

    def lighten(self) -> bool:
        """Take away what noted lines that have run by now: False if other threads run, when it must not be done.

        From Python 3.12 on it takes care of itself.
        """
        if threading.active_count() > 1:
            return False
        if sys.version_info < (3, 12):
            self._slip.deinstrument_seen()
        return True

    def write(self, file: Path) -> None:
        """Write what ran and what did not, also of files that nobody imported."""
        file.write_text(json.dumps(self._slip.get_coverage()), encoding="utf-8")
