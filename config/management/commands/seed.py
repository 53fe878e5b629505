"""`manage.py seed`: the demo shop, or a big one. Knows no context: it asks each for its `demo` module.

A context's `demo.py` may have
  seed() -> dict[str, str]                     make its part of the demo shop, once however often it is called;
                                               what it answers is printed, such as logins
  grow(count, progress) -> int                 make that many more products (or whatever `--products` means to it)
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

BAR = 30


class Command(BaseCommand):
    """Fill the shop with things to look at."""

    help = "Load the demo shop (repeatable), or with --products N a catalogue of N more products."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--products", type=int, metavar="N", help="make N products in bulk")

    def handle(self, *_args: Any, **options: Any) -> None:
        count = options["products"]
        if count is not None and count < 1:
            raise CommandError("--products: a number above zero, please")
        if not settings.SHOP_EMBEDDED and count is None:
            raise CommandError("The demo shop has a well-known login: it is for SHOP_MODE=embedded only.")
        for context, demo in _demos():
            if count is None:
                self._seed(context, demo)
        for _, demo in _demos():
            if count is not None and hasattr(demo, "grow"):
                self._grow(demo, count)

    def _seed(self, context: str, demo: ModuleType) -> None:
        started = time.monotonic()
        told: dict[str, str] = demo.seed() or {}
        self.stderr.write(f"demo of {context}: {time.monotonic() - started:.1f} s")
        for label, text in told.items():
            self.stdout.write(f"{label}: {text}")

    def _grow(self, demo: ModuleType, count: int) -> None:
        bar = ProgressBar(count)
        made = demo.grow(count, bar.show)
        bar.close()
        self.stdout.write(f"{made} products made in {bar.seconds:.1f} s")


class ProgressBar:
    """One line on stderr that fills; only its end when nobody watches."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.started = time.monotonic()
        self.watched = sys.stderr.isatty()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def show(self, done: int) -> None:
        """So many are done."""
        if not self.watched and done < self.total:
            return
        filled = BAR * done // self.total
        rate = done / max(self.seconds, 0.001)
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done}/{self.total}  {rate:,.0f} a second ")
        sys.stderr.flush()

    def close(self) -> None:
        """The next line is somebody else's."""
        sys.stderr.write("\n")


def _demos() -> Iterator[tuple[str, ModuleType]]:
    """The demo modules of the contexts that run here. The registry lists a context after those it needs."""
    for context in settings.SHOP_CONTEXTS:
        name = f"{apps.get_app_config(context).name}.demo"
        if find_spec(name) is not None:
            yield context, import_module(name)
