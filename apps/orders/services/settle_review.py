"""The ways out of review besides a cancellation, which has the provider send the money back. Staff decides.

An order of which parcels left cannot be in review: if its money was let go, it may be accepted where it stands.
"""

from __future__ import annotations

from enum import StrEnum

from django.db.models import F

from apps.orders import queries
from apps.orders.contracts import CancelReason, IllegalMove, OrderStatus
from apps.orders.models import Order, OrderRefund
from shop import clock
from shop.db import transact
from shop.ids import derived_id

from .advance_order import wake_saga
from .cancel_order import cancel_order
from .move_order import Go, move_order, note_order

State = OrderRefund.State


class Decision(StrEnum):
    """What staff may decide of an order in review."""

    ACCEPT = "accept"
    REFUND = "refund"
    REFUNDED_BY_HAND = "refunded_by_hand"


def settle_review(order: Order, *, decision: Decision, actor: str, detail: str) -> Order:
    """Lead the order out of review. Raises IllegalMove if it is not in review, or somebody else was faster."""
    if order.state != OrderStatus.REVIEW and not (order.money_let_go and decision is Decision.ACCEPT):
        raise IllegalMove(f"An order that is {order.status} is not in review.", status=order.status)
    match decision:
        case Decision.ACCEPT:
            accept_as_paid(order, actor=actor, detail=detail)
        case Decision.REFUND:
            return cancel_order(order, actor=actor, reason=CancelReason.STAFF, detail=detail)
        case Decision.REFUNDED_BY_HAND:
            refunded_by_hand(order, actor=actor, detail=detail)
    return order


def accept_as_paid(order: Order, *, actor: str, detail: str) -> None:
    """Be content with what came: the order goes on as paid. Not after any of it was to be sent back.

    One that is partly shipped is sent on: what went back of it was for what its buyer has.
    """
    if order.money_let_go:
        _send_on(order, actor=actor, detail=detail)
        return
    if order.cancelled_at is not None or OrderRefund.objects.filter(order_id=order.pk).exists():
        raise IllegalMove("Its money was to be sent back already: cancel it.", status=order.status)
    _settle(order, Go(OrderStatus.PAID, "accepted_as_paid", detail, due=clock.now(), actor=actor))


def _send_on(order: Order, *, actor: str, detail: str) -> None:
    def accept() -> bool:
        mine = Order.objects.filter(pk=order.pk, revision=order.revision, money_let_go=True)
        if not mine.update(revision=F("revision") + 1, money_let_go=False, updated_at=clock.now()):
            return False
        note_order(order, "accepted_as_paid", detail=detail, actor=actor)
        return True

    if not transact("orders", accept):
        raise IllegalMove("The order is changing right now; look again.", status=order.status)
    order.refresh_from_db()


def refunded_by_hand(order: Order, *, actor: str, detail: str) -> None:
    """Staff sent the money back where the provider could not: only the stock is given back, then it is over."""
    kept = queries.kept_of(order)
    by_hand = OrderRefund(
        id=derived_id(order.pk, f"by_hand:{order.revision}"),
        order_id=order.pk,
        amount_minor=kept,
        currency=order.currency,
        reason="by_hand",
        detail=detail[:500],
        actor=actor,
        state=State.DONE,
    )
    _settle(
        order,
        Go(
            OrderStatus.REFUNDING,
            "refunded_by_hand",
            detail,
            due=clock.now(),
            changes={"cancel_reason": order.cancel_reason or CancelReason.STAFF.value},
            also=(lambda: by_hand.save(force_insert=True)) if kept > 0 else None,
            actor=actor,
        ),
    )


def _settle(order: Order, go: Go) -> None:
    if order.state != OrderStatus.REVIEW:
        raise IllegalMove(f"An order that is {order.status} is not in review.", status=order.status)
    if not move_order(order, go):
        raise IllegalMove("The order is changing right now; look again.", status=order.status)
    wake_saga()
