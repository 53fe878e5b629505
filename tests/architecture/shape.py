"""How a context looks from outside: the same file names, two doors, short files, views that say who may enter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rest_framework.views import APIView

from shop.http.access import Access
from shop.http.document import OpenApiDocument
from shop.http.views import ApiView

LONGEST = 400
DOORS = ("api.py", "contracts.py", "README.md", "__init__.py")
"""Contracts that have grown are a package of themes, whose `__init__` says what is public."""
ALLOWED = {
    *DOORS, "contracts", "models", "rules", "services", "queries", "subscribers", "tasks", "providers", "fakes",
    "panels", "demo", "http", "admin", "apps", "migrations", "tests", "testing", "templates",
}  # fmt: skip
OWN = {
    ("accounts", "hashers"),  # Django loads it by name
    ("catalog", "management"),  # so it does commands
    ("payments", "management"),
    ("accounts", "backends"),  # Django loads it by name
}
IN_HTTP = {
    "urls", "views", "serializers", "filters", "permissions", "__init__", "tests", "rendering", "bodies", "examples",
    "pages",
}  # fmt: skip


def strange_files(context: Path) -> Iterator[str]:
    """Files and folders that no other context would have there."""
    for entry in sorted(context.iterdir()):
        if entry.name in {"__pycache__", "static"} or entry.name in ALLOWED:
            continue
        if entry.stem not in ALLOWED and (context.name, entry.stem) not in OWN:
            yield f"{context.name}/{entry.name}"
    for entry in sorted((context / "http").glob("*.py")):
        if entry.stem not in IN_HTTP:
            yield f"{context.name}/http/{entry.name}"


def missing_doors(context: Path) -> Iterator[str]:
    """What every context has, also the one that has nothing to ask for."""
    for name in DOORS:
        if not (context / name).is_file() and not (context / name.removesuffix(".py") / "__init__.py").is_file():
            yield f"{context.name}/{name}"


def long_files(files: dict[str, str]) -> Iterator[str]:
    """Files that have become two."""
    for path, text in files.items():
        if (lines := text.count("\n")) > LONGEST:
            yield f"{path}: {lines} lines"


def reading(readme: str, kernel: Path) -> tuple[int, list[str]]:
    """Of a kernel's README: the lines of what its first table lists, and all files that it names nowhere."""
    first, _, rest = readme.partition("## To be looked up")
    names = [set(re.findall(r"`([a-z_/]+)`", cells)) for cells in (_first_cells(first), _first_cells(rest))]
    lines, unnamed = 0, []
    for file in sorted(kernel.rglob("*.py")):
        path = file.relative_to(kernel).with_suffix("").as_posix()
        if "tests/" in f"{path}/" or path.endswith("__init__"):
            continue
        if path in names[0]:
            lines += file.read_text(encoding="utf-8").count("\n")
        elif not any(path == name or (name.endswith("/") and path.startswith(name)) for name in names[1]):
            unnamed.append(path)
    return lines, unnamed


def _first_cells(text: str) -> str:
    return "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("|"))


def views_of(resolver: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every view behind a URL configuration, with the pattern that leads to it."""
    for pattern in resolver.url_patterns:
        here = f"{path}{pattern.pattern}"
        if hasattr(pattern, "url_patterns"):
            yield from views_of(pattern, here)
        else:
            callback = pattern.callback
            yield here, getattr(callback, "cls", None) or getattr(callback, "view_class", None) or callback


def silent_views(views: Iterator[tuple[str, Any]] | list[tuple[str, Any]]) -> Iterator[str]:
    """API views that do not say who may enter, and API views that are none of ours."""
    for path, view in views:
        if not (isinstance(view, type) and issubclass(view, APIView)):
            continue
        if view.__module__.startswith("drf_spectacular") or view is OpenApiDocument:
            continue  # the API's own document
        if not issubclass(view, ApiView):
            yield f"{path}: {view.__qualname__} is no ApiView"
        elif not isinstance(getattr(view, "access", None), Access):
            yield f"{path}: {view.__qualname__} does not state its access"
