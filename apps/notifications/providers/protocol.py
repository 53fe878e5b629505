"""What notifications needs of whoever carries its messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from apps.notifications.rules import SuppressionReason


class Undeliverable(Exception):
    """This recipient will not be reached by trying again; with `suppress`, by no other message either."""

    def __init__(self, words: str, *, suppress: SuppressionReason | None = None) -> None:
        super().__init__(words)
        self.suppress = suppress


class NotSent(Exception):
    """It may or may not have been sent: try again later, and no sooner than in `pause` seconds."""

    def __init__(self, words: str, *, pause: float = 0.0) -> None:
        super().__init__(words)
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as a carrier sees it."""

    id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    since: datetime
    """When it was first tried, or will be now."""
    attempt: int = 1
    """Which try of it this is, counted over all rounds."""
    round: int = 0
    """Above zero, staff want it once more: it is not to be taken for the earlier one."""
    headers: Mapping[str, str] = field(default_factory=dict)


class Carrier(Protocol):
    """Sends one message. Raises Undeliverable or NotSent."""

    def send(self, message: Outgoing) -> str:
        """Hand it over; answers the carrier's own id of it, or an empty text."""

    def find(self, message: Outgoing) -> Iterable[str]:
        """The carrier's ids of all that may be this message, after an unknown outcome. Raises NotSent."""
