"""What notifications needs of whoever carries its messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Undeliverable(Exception):
    """This recipient will not be reached by trying again."""


class NotSent(Exception):
    """It may or may not have been sent: try again later."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a carrier sees it."""

    id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    written_at: datetime
    tried_before: bool
    """An earlier attempt had no known end: look whether it arrived, where that can be asked."""


class Carrier(Protocol):
    """Sends one message. Raises Undeliverable or NotSent."""

    def send(self, message: Outgoing) -> str:
        """Hand it over; answers the carrier's own id of it, or an empty text."""
