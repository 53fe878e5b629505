"""Is what the code generates the same as what is committed? `python -m config.dev.snapshots contracts|openapi`."""

from __future__ import annotations

import difflib
import subprocess
import sys
from pathlib import Path

from config.dev.processes import CHECKOUT, PYTHON

KINDS = {
    "contracts": (CHECKOUT / "docs" / "contracts.json", ("contracts",), "make contracts"),
    "openapi": (CHECKOUT / "docs" / "openapi.yaml", ("spectacular", "--validate", "--fail-on-warn"), "make schema"),
}


def main(kind: str) -> int:
    """0 when nothing differs; else the differences and what to run."""
    file, command, remedy = KINDS[kind]
    made = subprocess.run([PYTHON, "manage.py", *command], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode:
        return made.returncode
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    if made.stdout.strip() == kept.strip():
        return 0
    print(f"{file.relative_to(CHECKOUT)} is not what the code says; run `{remedy}` and look at what changed:")
    print("\n".join(_difference(kept, made.stdout, file)))
    return 1


def _difference(kept: str, made: str, file: Path) -> list[str]:
    return list(
        difflib.unified_diff(kept.splitlines(), made.splitlines(), f"committed {file.name}", "now", lineterm="")
    )[:200]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
