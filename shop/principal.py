"""Who is calling, as every context sees it: never a user row, always this small value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Kind = Literal["anonymous", "guest", "customer", "staff", "service"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Made from a token or an event, carried along with every call."""

    kind: Kind
    subject: str = ""
    scopes: frozenset[str] = frozenset()

    def has(self, scope: str) -> bool:
        """Whether this scope was granted."""
        return scope in self.scopes

    @property
    def person_id(self) -> UUID | None:
        """The user who is logged in, customer or staff; None for a guest and for a service."""
        return UUID(self.subject) if self.kind in {"customer", "staff"} else None


ANONYMOUS = Principal("anonymous")
