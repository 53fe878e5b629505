"""docs/openapi.yaml: `python -m config.dev.openapi` compares it with the code, `... write` writes it."""

from __future__ import annotations

import difflib
import os
import subprocess
import sys

from config.dev.processes import CHECKOUT, PYTHON

FILE = CHECKOUT / "docs" / "openapi.yaml"
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.settings", "SHOP_ENV_FILE": "", "LOG_LEVEL": "ERROR"}
"""Written and compared with the same ones: the addresses of its problems are those of no real shop."""


def main(words: list[str]) -> int:
    """0 when the document is what the code says."""
    made = subprocess.run(
        [PYTHON, "manage.py", "spectacular", "--validate", "--fail-on-warn"],
        cwd=CHECKOUT,
        env={**os.environ, **SETTINGS},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        return made.returncode
    if words == ["write"]:
        FILE.write_text(made.stdout, encoding="utf-8")
        return 0
    kept = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if made.stdout == kept:
        return 0
    print("docs/openapi.yaml is not what the code says; run `make schema` and look at what changed:")
    changes = difflib.unified_diff(kept.splitlines(), made.stdout.splitlines(), "committed", "now", lineterm="")
    print("\n".join(list(changes)[:100]))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
