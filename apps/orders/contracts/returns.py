"""What comes back, things and money. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shop.events import Event
from shop.money import Money

from .parcels import PackedLine


class ReturnStatus(StrEnum):
    """Where a return is; the moves between them are in rules.py."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RECEIVED = "received"
    RESTOCKED = "restocked"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CLOSED = "closed"


class ReturnReason(StrEnum):
    """Why a buyer sends something back."""

    UNWANTED = "unwanted"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    DOES_NOT_FIT = "does_not_fit"
    ARRIVED_LATE = "arrived_late"
    OTHER = "other"


class Condition(StrEnum):
    """In what state something came back."""

    AS_NEW = "as_new"
    OPENED = "opened"
    DAMAGED = "damaged"


class RefundReason(StrEnum):
    """Why staff send a part of the money back; `returned` is said by a return itself."""

    GOODWILL = "goodwill"
    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG_ITEM = "wrong_item"
    LATE = "late"
    PRICE = "price"
    OTHER = "other"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class ReturnAuthorised(Event):
    """The buyer may send these things back."""

    name: ClassVar[str] = "orders.return_authorised.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    return_id: UUID
    lines: tuple[PackedLine, ...]
    message: str
    """In the words of staff; may be empty."""
    authorised_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


@dataclass(frozen=True, slots=True)
class ReturnRejected(Event):
    """The buyer shall not send these things back; `reason` is in the words of staff."""

    name: ClassVar[str] = "orders.return_rejected.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    return_id: UUID
    lines: tuple[PackedLine, ...]
    reason: str
    rejected_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


@dataclass(frozen=True, slots=True)
class ReturnReceived(Event):
    """What was sent back is here; `lines` has what came."""

    name: ClassVar[str] = "orders.return_received.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    return_id: UUID
    lines: tuple[PackedLine, ...]
    received_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


@dataclass(frozen=True, slots=True)
class OrderRefunded(Event):
    """Money of this order is on its way back to the buyer."""

    name: ClassVar[str] = "orders.order_refunded.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    refund_id: UUID
    """An order may have several refunds; each is told once."""
    amount: Money
    reason: str
    refunded_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""
