"""Who looks at a page of the staff: a link is shown to those whose page it leads to, and stands as text for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_who: ContextVar[Any] = ContextVar("shop.looking", default=None)


@contextmanager
def seen_by(user: Any) -> Iterator[None]:
    """Everything inside is drawn for this person."""
    token = _who.set(user)
    try:
        yield
    finally:
        _who.reset(token)


def may_open(page: str) -> bool:
    """Whether the person may look at "orders.order"; where nobody is known to look, everybody may."""
    user, (app, _, model) = _who.get(), page.partition(".")
    return user is None or any(user.has_perm(f"{app}.{may}_{model}") for may in ("view", "change"))
