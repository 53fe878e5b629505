"""Staff send a part of the money back, or all of it: as often as there is something left of what was paid."""

from __future__ import annotations

from uuid import UUID

from apps.orders import queries
from apps.orders.contracts import CancelInstead, IllegalMove, OrderStatus, RefundReason, RefundTooMuch
from apps.orders.models import Order, OrderRefund
from apps.orders.rules import STANDING
from apps.payments.contracts import RefundRefused
from shop.errors import FieldError, Invalid, Unavailable
from shop.money import Money

from .advance_order import lease_end
from .push_refund import push_refund
from .write_refund import write_refund

TRIES = 5


def refund_order(  # what a refund is made of
    order: Order, *, refund_id: UUID, amount: Money | None, reason: RefundReason, detail: str, actor: str
) -> OrderRefund:
    """Ask for `amount` (None is all that is kept) once per id. The order stays where it is.

    Raises IllegalMove, RefundTooMuch, CancelInstead, Invalid; RefundRefused when the provider says no. One whose
    outcome is unknown is answered as asked for, and a worker goes on.
    """
    for _ in range(TRIES):
        row = OrderRefund.objects.filter(pk=refund_id, order_id=order.pk).first()
        if row is None:
            row = OrderRefund(
                id=refund_id,
                order_id=order.pk,
                amount_minor=_checked(order, amount).amount,
                currency=order.currency,
                reason=reason.value,
                detail=detail,
                actor=actor,
                due=lease_end(),
            )
            if not write_refund(order, row):
                order.refresh_from_db()
                continue
        return answered(push_refund(row))
    raise Unavailable("The order is changing right now.", retry_after=1)


def answered(row: OrderRefund) -> OrderRefund:
    """The row, or the refusal that it ended with."""
    if row.state == OrderRefund.State.REFUSED:
        raise RefundRefused(row.failure or "The provider could not send it.", reason="refused")
    return row


def check_kept(amount: Money, kept: int) -> None:
    """Raises RefundTooMuch above what is kept of the order's money, in minor units."""
    if amount.amount > kept:
        told = f"Only {Money(kept, amount.currency)} are kept of this order."
        raise RefundTooMuch(told, left={"amount": kept, "currency": amount.currency})


def _checked(order: Order, amount: Money | None) -> Money:
    if order.state not in STANDING:
        raise IllegalMove(f"Of an order that is {order.status} no part is sent back.", status=order.status)
    kept = queries.kept_of(order)
    if amount is None:
        amount = Money(max(1, kept), order.currency)
    check_amount(order, amount)
    check_kept(amount, kept)
    if kept == amount.amount and order.state == OrderStatus.CONFIRMED:
        raise CancelInstead("Nothing of it was shipped: cancel it, and all of the money goes back.")
    return amount


def check_amount(order: Order, amount: Money) -> None:
    """Raises Invalid for another currency, or nothing."""
    if amount.currency != order.currency:
        told = f"It was paid in {order.currency}."
        raise Invalid(told, errors=(FieldError("/amount/currency", "wrong_currency", told),))
    if amount.amount < 1:
        raise Invalid("Nothing.", errors=(FieldError("/amount/amount", "min_value", "At least 1."),))
