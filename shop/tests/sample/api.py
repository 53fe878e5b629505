"""Door 1 of the test context."""

from __future__ import annotations

from uuid import UUID

from shop.ports import command, query

from .contracts import Count


@query
def get_count(*, name: str) -> Count:  # type: ignore[empty-body]
    """The present value, zero for an unknown name."""


@command(key="key")
def add(*, key: UUID, name: str, amount: int = 1) -> Count:  # type: ignore[empty-body]
    """Add once per key. Raises TooMuch."""


@command(key="key", calls_out=True)
def add_outside(*, key: UUID, name: str) -> Count:  # type: ignore[empty-body]
    """Ask the rest of the world, then add."""
