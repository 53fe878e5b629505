"""The only way an order changes its state: compare-and-set on the revision, with timeline and events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F

from apps.orders.contracts import IllegalMove, OrderStatus
from apps.orders.models import Order, OrderEvent
from apps.orders.rules import may_move
from shop import clock
from shop.db import in_transaction, transact
from shop.events import Event, publish
from shop.faults import fault

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Go:
    """Where an order goes next, why, and what is written with it."""

    to: OrderStatus
    reason: str = ""
    detail: str = ""
    due: datetime | None = None
    """When the saga must look at it then; None is never."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Other columns of the order."""
    events: tuple[Event, ...] = ()
    also: Callable[[], object] | None = None
    """More writes in the same transaction."""
    actor: str = SYSTEM


def move_order(order: Order, go: Go, *, attempts: int = 0) -> bool:
    """Move `order` along the table. False if somebody else changed it first: read it again.

    A move that the table does not have is a refusal (IllegalMove). After True the object in memory is
    what is stored.
    """
    frm = order.state
    if not may_move(frm, go.to):
        raise IllegalMove(f"An order that is {frm} cannot become {go.to}.", status=frm.value)
    at = clock.now()
    changes = {
        "status": go.to.value,
        "due": go.due,
        "attempts": attempts,
        "last_error": "",
        "updated_at": at,
        **go.changes,
    }

    def effect() -> bool:
        mine = Order.objects.filter(pk=order.pk, revision=order.revision)
        if not mine.update(revision=F("revision") + 1, **changes):
            return False
        _write_timeline(order, frm, go, at)
        _tell(order, go)
        fault(f"orders.{frm}-{go.to}.before_commit")
        return True

    if not transact("orders", effect):
        return False
    for name, value in {**changes, "revision": order.revision + 1}.items():
        setattr(order, name, value)
    if not in_transaction():
        fault(f"orders.{frm}-{go.to}.after_commit")
    return True


def note_order(order: Order, reason: str, *, detail: str = "", actor: str = SYSTEM) -> None:
    """News for the timeline that moves nothing. Runs inside the caller's transaction."""
    _write_timeline(order, order.state, Go(order.state, reason, detail, actor=actor), clock.now())


def _tell(order: Order, go: Go) -> None:
    if go.also is not None:
        go.also()
    for event in go.events:
        publish(event, key=order.pk)


def _write_timeline(order: Order, frm: OrderStatus, go: Go, at: datetime) -> None:
    OrderEvent(
        order_id=order.pk,
        at=at,
        frm=frm.value,
        to=go.to.value,
        actor=go.actor,
        reason=go.reason,
        detail=go.detail[:500],
    ).save(force_insert=True)
