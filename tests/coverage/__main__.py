"""`python -m tests.coverage FILE...`: what was measured, together, against `fail-under` of `[tool.slipcover]`."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slipcover import merge_coverage
from slipcover.config import read_config
from slipcover.slipcover import print_coverage


def main(words: Sequence[str]) -> int:
    """0 when enough of the lines and branches ran."""
    files = [Path(word) for word in words]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        print(f"Not measured: {', '.join(missing)}: their tests did not run to their end.", file=sys.stderr)
        return 1
    measured = together([json.loads(file.read_text(encoding="utf-8")) for file in files])
    if not measured["files"]:
        print("Not measured: no file was there to be measured.", file=sys.stderr)
        return 1
    table = read_config(Path.cwd() / "pyproject.toml")
    print_coverage(measured, skip_covered=True)
    percent, bar = measured["summary"]["percent_covered"], table["fail-under"]
    told = f"{math.floor(percent * 100) / 100:.2f} % of the lines and branches of {' and '.join(table['source'])} run"
    if percent < bar:
        print(f"\n{told}: less than {bar} %.", file=sys.stderr)
        return 1
    print(f"\n{told}; {bar} % have to.")
    return 0


def together(measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What ran in one of them ran."""
    first, *others = measured
    for other in others:
        merge_coverage(first, other)
    return first


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
