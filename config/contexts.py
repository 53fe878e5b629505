"""Which contexts the product has, which of them run in this process, and where the others live."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.env import Environment

CONTEXTS: tuple[str, ...] = ("accounts", "catalog", "cart", "orders", "payments", "notifications")
"""All contexts, those that know of nobody first."""


def local() -> tuple[str, ...]:
    """The contexts that this process hosts."""
    return _environment().contexts


def is_local(context: str) -> bool:
    """Whether calls to `context` stay in this process."""
    return context in local()


def url_of(context: str) -> str:
    """Where the unit answers that hosts `context`, which does not run here."""
    return _environment().context_urls[context]


def _environment() -> Environment:
    from config.env import environment  # late: env.py needs CONTEXTS

    return environment()
