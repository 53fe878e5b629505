"""`make reset`: throw the data of the embedded shop away, but never while it runs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from config.dev.ports import PortTaken, refuse_taken
from config.dev.running import FILE, AlreadyRunning, alone
from config.dev.up import CannotStart, configured
from config.env import ConfigurationError

KEPT = ("test-template", "test-logs")


def main() -> int:
    """0 when the next start begins with an empty shop."""
    try:
        shop = configured()
        refuse_taken(shop.ports)
        with alone(shop.env):
            _empty(shop.env.data_dir)
    except (PortTaken, AlreadyRunning) as error:
        print(f"The shop seems to be running, so nothing was touched. {error}", file=sys.stderr)
        return 2
    except (ConfigurationError, CannotStart) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{shop.env.data_dir} is empty; the next `make up` makes a new shop.")
    return 0


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in KEPT:
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name != FILE:
            entry.unlink()


if __name__ == "__main__":
    sys.exit(main())
