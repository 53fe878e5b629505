"""`manage.py contracts`: write docs/contracts.json, or with --check say whether it is up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.contracts import text


class Command(BaseCommand):
    """Writes the snapshot of all contracts."""

    help = "Write docs/contracts.json from the code."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """--check compares instead of writing."""
        parser.add_argument("--check", action="store_true", help="compare only; exit 1 when it differs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        path = Path(settings.BASE_DIR) / "docs" / "contracts.json"
        if not options["check"]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text(), encoding="utf-8")
            self.stdout.write(f"Wrote {path.name}")
        elif not path.exists() or path.read_text(encoding="utf-8") != text():
            raise CommandError(
                "docs/contracts.json differs from the code: run `manage.py contracts`, review the change"
            )
