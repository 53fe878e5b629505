"""`make reset`: throw the data of the embedded shop away, but never while it runs."""

from __future__ import annotations

import shutil
import sys

from config.dev.ports import PortTaken, refuse_taken
from config.dev.up import CannotStart, configured
from config.env import ConfigurationError

KEPT = ("test-template", "test-logs")


def main() -> int:
    """0 when the next start begins with an empty shop."""
    try:
        shop = configured()
        refuse_taken(shop.ports)
    except PortTaken as error:
        print(f"The shop seems to be running, so nothing was touched. {error}", file=sys.stderr)
        return 2
    except (ConfigurationError, CannotStart) as error:
        print(error, file=sys.stderr)
        return 2
    for entry in shop.env.data_dir.iterdir() if shop.env.data_dir.exists() else ():
        if entry.is_dir() and entry.name not in KEPT:
            shutil.rmtree(entry)
        elif entry.is_file():
            entry.unlink()
    print(f"{shop.env.data_dir} is empty; the next `make up` makes a new shop.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
