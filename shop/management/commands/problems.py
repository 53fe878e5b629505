"""`manage.py problems`: write docs/problems.md, the page of all problem codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import get_resolver

from shop.http.problem_pages import markdown


class Command(BaseCommand):
    """Writes the page."""

    help = "Write docs/problems.md from the code."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Load all views, which load all errors, then write."""
        get_resolver().url_patterns  # noqa: B018  # loaded when it is read
        path = Path(settings.BASE_DIR) / "docs" / "problems.md"
        path.write_text(markdown(), encoding="utf-8")
        self.stdout.write(f"Wrote {path.name}")
