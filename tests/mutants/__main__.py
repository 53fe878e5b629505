"""`make mutants`: plant each mistake in a copy of the checkout, run the tests meant for it, tell who noticed.

Ends with 1 when a mistake survives, or when the tests fail without one. ARGS="name name" runs only these.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from config.dev.processes import CHECKOUT, PYTHON

from .mistake import Mistake, planted
from .mistakes import MISTAKES

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", "node_modules")
LIMIT_SECONDS = 1200
"""Only a run that hangs takes so long; a busy machine may be slow."""


def main(names: list[str]) -> int:
    """Answer how the program ends."""
    unknown = set(names) - {one.name for one in MISTAKES}
    if unknown:
        print(f"No such mutant: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [one for one in MISTAKES if not names or one.name in names]
    with tempfile.TemporaryDirectory(prefix="shop-mutants-") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(CHECKOUT, copy, ignore=LEFT_OUT)
        (copy / ".venv").symlink_to(CHECKOUT / ".venv")
        if failed := _failures(copy, sorted({test for one in chosen for test in one.tests})):
            print(f"These fail without any mistake: {', '.join(failed)}", file=sys.stderr)
            return 1
        return _try_all(copy, chosen)


def _try_all(copy: Path, chosen: list[Mistake]) -> int:
    width, survivors = max(len(one.name) for one in chosen), 0
    for one in chosen:
        file = copy / one.file
        sound = file.read_text(encoding="utf-8")
        file.write_text(planted(one, sound), encoding="utf-8")
        killers = _failures(copy, list(one.tests))
        file.write_text(sound, encoding="utf-8")
        survivors += not killers
        print(f"{one.name:<{width}}  {killers[0] if killers else 'SURVIVED'}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants were killed.")
    return int(survivors > 0)


def _failures(copy: Path, tests: list[str]) -> list[str]:
    """The tests that fail; a run that breaks off, or does not find its tests, is an error of the list."""
    argv = [PYTHON, "-B", "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--tb=no", *tests]
    done = subprocess.run(
        argv, cwd=copy, env=_environment(), capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"pytest ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")
    return re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
