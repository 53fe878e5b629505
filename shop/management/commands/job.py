"""`manage.py job payments.reconcile_with_provider`: run one job now; without a name, list them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.jobs import JOBS


class Command(BaseCommand):
    """For operators who do not want to wait for the next tick."""

    help = "Run one job here and now, or list all jobs with their periods."

    def add_arguments(self, parser: CommandParser) -> None:
        """The job's name, as `context.job`."""
        parser.add_argument("name", nargs="?", help="such as payments.reconcile_with_provider; nothing lists all")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run it, and say how much it did."""
        name = options["name"]
        if name is None:
            for known, job in sorted(JOBS.items()):
                self.stdout.write(f"{known}  every {job.every}")
        elif name not in JOBS:
            raise CommandError(f"There is no job {name!r} here. `manage.py job` lists those that there are.")
        else:
            self.stdout.write(f"{name}: {JOBS[name]()}")
