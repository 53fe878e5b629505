"""Migrate, and load the demo shop once: in one process, because starting Django costs a second."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command

from config.env import environment


def main() -> None:
    """Migrate; seed once per set of databases."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    seeded = environment().data_dir / f"seeded-{os.environ.get('STORE', 'sqlite')}"
    if not seeded.exists():
        print("Loading the demo shop ...", flush=True)
        call_command("seed")
        seeded.touch()


if __name__ == "__main__":
    sys.exit(main())
