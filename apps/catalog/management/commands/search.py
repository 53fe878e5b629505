"""`manage.py search`: the search index of this machine."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.catalog.providers.search.reader import reader
from apps.catalog.providers.search.store import Busy
from apps.catalog.services.index_products import rebuild


class Command(BaseCommand):
    """Look at it, or build it anew."""

    help = (
        "status: what the index of this machine holds. rebuild: build a new one while the one in use goes on serving."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("status", "rebuild"))

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["what"] == "rebuild":
            self._rebuild()
        self._status()

    def _rebuild(self) -> None:
        started = time.monotonic()
        try:
            done = rebuild(reader().store, self._show if self.stderr.isatty() else lambda _: None)
        except Busy:
            raise CommandError("Another process builds the index of this machine already.") from None
        self.stdout.write(f"{done} products indexed in {time.monotonic() - started:.1f} s")

    def _show(self, done: int) -> None:
        self.stderr.write(f"\r{done} products", ending="")

    def _status(self) -> None:
        store = reader().store
        path = store.current()
        if path is None:
            self.stdout.write(f"no index in {store.root}; the web processes build one")
            return
        state = reader().state()
        size = sum(file.stat().st_size for file in path.iterdir()) / 2**20
        self.stdout.write(f"{path}: {state.products} products, {state.searcher.num_segments} segments, {size:.1f} MiB")
        for order, slots in state.slots.items():
            self.stdout.write(f"  {order}: {len(slots.starts)} slots, the largest holds {slots.largest}")
