"""The one event of the kernel's own concern: accounts publishes it, the kernel listens in every context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shop.events import Event


@dataclass(frozen=True, slots=True)
class SessionsRevoked(Event):
    """These sessions were ended: their access tokens open nothing any more."""

    name: ClassVar[str] = "accounts.sessions_revoked.v1"

    user_id: UUID
    session_ids: tuple[UUID, ...]
    reason: str
    revoked_at: datetime
