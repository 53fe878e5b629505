"""What a parcel is followed by is put right, or added, after it left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from uuid import UUID

from apps.orders.contracts import ParcelLabelled
from apps.orders.models import Order, Parcel
from apps.orders.queries import get_parcel
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.events import publish
from shop.ids import uuid7

from .move_order import note_order
from .news import whose
from .ship_parcel import Label

TRIES = 5


def label_parcel(
    order: Order, *, parcel_id: UUID, changes: Mapping[str, str], actor: str, check: Callable[[Parcel], None]
) -> Parcel:
    """Change the carrier, number or address that `changes` names. What says the same already is left alone.

    `check` sees the parcel that is changed and raises if it is not the one that was read. The buyer is told when there
    is something to follow it by and it is still on its way. Raises ParcelNotFound.
    """
    for _ in range(TRIES):
        parcel = get_parcel(order_id=order.pk, parcel_id=parcel_id)
        check(parcel)
        before = label_of(parcel)
        after = replace(before, **changes)
        if after == before or _relabel(order, parcel, before, after, actor):
            return get_parcel(order_id=order.pk, parcel_id=parcel_id)
        order.refresh_from_db()
    raise Unavailable("The parcel is changing right now.", retry_after=1)


def label_of(parcel: Parcel) -> Label:
    """What it is followed by now."""
    return Label(parcel.carrier, parcel.tracking_number, parcel.tracking_url)


def _relabel(order: Order, parcel: Parcel, before: Label, after: Label, actor: str) -> bool:
    """False if somebody else labelled or delivered it meanwhile: compare-and-set on all that `parcel` said."""
    event = ParcelLabelled(
        **whose(order), parcel_id=parcel.pk, labelling_id=uuid7(), **asdict(after), labelled_at=clock.now()
    )
    tell = parcel.state == Parcel.State.SHIPPED and bool(after.tracking_number or after.tracking_url)

    def write() -> bool:
        same = Parcel.objects.filter(pk=parcel.pk, state=parcel.state, **asdict(before))
        if not same.update(**asdict(after)):
            return False
        note_order(order, "parcel_labelled", detail=f"{_words(after)}, before: {_words(before)}", actor=actor)
        if tell:
            publish(event, key=order.pk)
        return True

    return transact("orders", write)


def _words(label: Label) -> str:
    return " ".join(part for part in (label.carrier, label.tracking_number, label.tracking_url) if part) or "nothing"
