#!/usr/bin/env python
"""Django's command line for this shop."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command, or say in one sentence which variable is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.values import ConfigurationError

    try:
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
