"""Crash points: places where a test may kill the process, to show that nothing is lost or done twice.

Off (no directory is set) a point costs one dictionary look-up. On, SHOP_FAULTS names a directory:
a file `record` there makes every passed point append its name to `seen`; a file with the name of a
point is removed and ends the process there, as a power cut would.
"""

from __future__ import annotations

import os
from pathlib import Path

EXIT_CODE = 137


def fault(name: str) -> None:
    """Pass the crash point `name`."""
    directory = os.environ.get("SHOP_FAULTS")
    if directory:
        _pass(Path(directory), name)


def _pass(directory: Path, name: str) -> None:
    if (directory / "record").exists():
        with (directory / "seen").open("a", encoding="utf-8") as seen:
            seen.write(f"{name}\n")
    try:
        (directory / name).unlink()
    except FileNotFoundError:
        return
    crash()


def crash() -> None:
    """End the process without any clean-up. Tests in one process replace this."""
    os._exit(EXIT_CODE)
