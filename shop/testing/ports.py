"""Replace the ports of other contexts, so that a test needs only its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from shop.ports import PORTS
from shop.ports.run import fakes

Fakes = Mapping[str, Callable[..., Any]]


@contextmanager
def fake_ports(**contexts: Fakes) -> Iterator[None]:
    """`fake_ports(catalog={"get_offers": fn})`: catalog is only that, in every thread; other ports of it fail loudly.

    Nested uses of one context add up.
    """
    for context, functions in contexts.items():
        for name in functions:
            if (context, name) not in PORTS:
                raise AssertionError(f"{context} has no port {name}")
    before = dict(fakes)
    for context, functions in contexts.items():
        fakes[context] = {**fakes.get(context, {}), **functions}
    try:
        yield
    finally:
        fakes.clear()
        fakes.update(before)
