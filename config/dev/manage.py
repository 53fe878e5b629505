"""manage.py with the environment of the embedded shop: `python -m config.dev.manage seed`.

With STORE=mongodb the shop has to be running.
"""

from __future__ import annotations

import os
import sys

from config.dev.up import CannotStart, configured
from config.env import ConfigurationError


def main() -> int:
    """Run one command of Django's."""
    try:
        os.environ.update(configured().values)
    except (ConfigurationError, CannotStart) as error:
        print(error, file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line  # after the environment is complete

    execute_from_command_line(["manage.py", *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
