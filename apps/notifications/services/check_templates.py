"""Look at the shop's own templates when it starts, so that a broken one never stops a message later."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateSyntaxError
from django.template.loader import get_template


def check_templates(folder: Path) -> None:
    """Each text below `folder` can be read. Raises ImproperlyConfigured."""
    for file in sorted((folder / "notifications").rglob("*")):
        if file.suffix in {".txt", ".html"}:
            name = file.relative_to(folder).as_posix()
            try:
                get_template(name)
            except (TemplateSyntaxError, UnicodeDecodeError) as error:
                raise ImproperlyConfigured(f"TEMPLATES_DIR: {name} is no template: {error}") from error
