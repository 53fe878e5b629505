"""A search index for a test, of its own and cut so small that a dozen products fill several slots."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from django.test import override_settings

from apps.catalog.providers.search.reader import reader
from apps.catalog.services.index_products import Follower, follower
from shop.testing.scene import built_anew

SMALL = {
    "slots.TARGET": 4,
    "writer.TARGET": 4,
    "pages.FEW": 3,
    "pages.MOST_SLOTS": 3,
    "pages.SPARE": 1,
    "state.FEW_OF": 0,
    "state.WARM_FROM_PRODUCTS": 2,
}


@contextmanager
def search_index(folder: Path, *, small: bool = True) -> Iterator[Follower]:
    """The follower of this process, with an index in `folder`. Call `step` to let it see what was changed."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(SHOP_SEARCH_DIR=folder))
        stack.enter_context(built_anew())
        for name, value in SMALL.items() if small else ():
            stack.enter_context(patch(f"apps.catalog.providers.search.{name}", value))
        _forget()
        made = follower()
        try:
            yield made
        finally:
            made.close()
            _forget()


def _forget() -> None:
    follower.cache_clear()
    reader.cache_clear()
