"""`manage.py gateway`: write docker/gateway/*.conf, or with --check say whether they are up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.env import CHECKOUT
from config.gateway import locations
from config.gateway_file import monolith, render, services

FOLDER = CHECKOUT / "docker" / "gateway"
FILES = {"nginx.conf": monolith(), "nginx.services.conf": services()}


class Command(BaseCommand):
    """Writes nginx' files."""

    help = "Write docker/gateway/*.conf from the registry of contexts and their paths."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """--check compares instead of writing."""
        parser.add_argument("--check", action="store_true", help="compare only; exit 1 when one differs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write or compare."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, gateway in FILES.items():
            file, text = FOLDER / name, render(gateway, locations())
            if not options["check"]:
                file.write_text(text, encoding="utf-8")
                self.stdout.write(f"Wrote {name}")
            elif not file.exists() or file.read_text(encoding="utf-8") != text:
                raise CommandError(f"docker/gateway/{name} differs from the code: run `manage.py gateway`")
