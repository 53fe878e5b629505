"""`manage.py contracts`: write docs/contracts.json, or with --check say whether it is up to date and breaks nobody.

With --check also whether a process of the release before can live with the tables of today.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.compatibility import broken
from shop.contracts import document, text
from shop.db.older import cannot_be_shared, last_migrations

NOW, BEFORE, EXCUSED = "contracts.json", "contracts-before.json", "contracts-excused.json"
"""What the code says; what the release said that may still run beside it; what may differ, and why."""
MIGRATIONS_BEFORE, MIGRATIONS_EXCUSED = "migrations-before.json", "migrations-excused.json"
"""The last migrations of the release that may still run on the tables of this one; what it may miss there, and why."""


class Command(BaseCommand):
    """Writes the snapshot of all contracts, and holds it against the one of the release before."""

    help = "Write docs/contracts.json from the code."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """--check compares instead of writing."""
        parser.add_argument(
            "--check", action="store_true", help="compare only; exit 1 when something differs or breaks"
        )
        against = "with --check: the snapshot of another version that runs beside this one"
        parser.add_argument("--against", type=Path, metavar="FILE", help=against)
        release = "a release is made: from now on its contracts have to be served"
        parser.add_argument("--release", action="store_true", help=release)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        docs = Path(settings.BASE_DIR) / "docs"
        if options["check"]:
            _check(docs, options["against"] or docs / BEFORE)
            return
        docs.mkdir(exist_ok=True)
        for name in (NOW, BEFORE) if options["release"] else (NOW,):
            (docs / name).write_text(text(), encoding="utf-8")
            self.stdout.write(f"Wrote {name}")
        if options["release"]:
            (docs / MIGRATIONS_BEFORE).write_text(json.dumps(last_migrations(), indent=2) + "\n", encoding="utf-8")
            for name in (EXCUSED, MIGRATIONS_EXCUSED):
                (docs / name).write_text("{}\n", encoding="utf-8")


def _check(docs: Path, before: Path) -> None:
    path = docs / NOW
    if not path.exists() or path.read_text(encoding="utf-8") != text():
        raise CommandError("docs/contracts.json differs from the code: run `manage.py contracts`, review the change")
    if wrong := broken(_read(before), document(), _read(docs / EXCUSED)):
        raise CommandError("\n".join([f"{before.name} is of a version that may run beside this one:", *wrong]))
    if wrong := cannot_be_shared(_read(docs / MIGRATIONS_BEFORE), _read(docs / MIGRATIONS_EXCUSED)):
        told = f"docs/{MIGRATIONS_BEFORE} is of a release whose processes may still run on these tables:"
        raise CommandError("\n".join([told, *wrong]))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
