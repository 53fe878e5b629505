"""What leaves and arrives. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shop.events import Event


@dataclass(frozen=True, slots=True)
class PackedLine:
    """So many of one thing, in a parcel."""

    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParcelShipped(Event):
    """A parcel left. `complete` says that nothing of the order is left to be sent."""

    name: ClassVar[str] = "orders.parcel_shipped.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    parcel_id: UUID
    carrier: str
    tracking_number: str
    tracking_url: str
    lines: tuple[PackedLine, ...]
    complete: bool
    shipped_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


@dataclass(frozen=True, slots=True)
class ParcelLabelled(Event):
    """A parcel that is on its way can be followed otherwise than was told: as `labelling_id` says, which is new."""

    name: ClassVar[str] = "orders.parcel_labelled.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    parcel_id: UUID
    labelling_id: UUID
    carrier: str
    tracking_number: str
    tracking_url: str
    labelled_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


@dataclass(frozen=True, slots=True)
class ParcelDelivered(Event):
    """A parcel is at the buyer's. `complete` says that it was the last one of the order."""

    name: ClassVar[str] = "orders.parcel_delivered.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    parcel_id: UUID
    complete: bool
    delivered_at: datetime
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""
