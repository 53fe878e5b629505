"""The only way a return changes its state: compare-and-set on its revision, with an entry in the order's timeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from apps.orders.contracts import IllegalMove, ReturnStatus
from apps.orders.models import Order, Return
from apps.orders.rules import may_move_return
from shop import clock
from shop.db import transact
from shop.events import Event, publish
from shop.faults import fault

from .move_order import SYSTEM, note_order


@dataclass(frozen=True, slots=True)
class Step:
    """Where a return goes next, why, and what is written with it."""

    to: ReturnStatus
    detail: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    also: Callable[[], object] | None = None
    actor: str = SYSTEM


def move_return(back: Return, order: Order, step: Step) -> bool:
    """Move `back` along its table. False if somebody else changed it first: read it again.

    A move that the table does not have is a refusal (IllegalMove). After True the object in memory is what is stored.
    """
    if not may_move_return(back.status, step.to):
        told = f"A return that is {back.state} cannot become {step.to}."
        raise IllegalMove(told, status=back.state)
    changes = {"state": step.to.value, "due": None, "attempts": 0, "updated_at": clock.now(), **step.changes}

    def effect() -> bool:
        mine = Return.objects.filter(pk=back.pk, revision=back.revision)
        if not mine.update(revision=F("revision") + 1, **changes):
            return False
        note_order(order, f"return_{step.to}", detail=step.detail, actor=step.actor)
        if step.also is not None:
            step.also()
        for event in step.events:
            publish(event, key=order.pk)
        fault(f"orders.return_{step.to}.before_commit")
        return True

    if not transact("orders", effect):
        return False
    for name, value in {**changes, "revision": back.revision + 1}.items():
        setattr(back, name, value)
    return True
