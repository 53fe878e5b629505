"""The money of what came back: computed from its lines with their tax, less if staff say so, shipping if they wish."""

from __future__ import annotations

from uuid import UUID

from apps.orders import queries
from apps.orders.contracts import IllegalMove, RefundReason, ReturnStatus
from apps.orders.models import Order, OrderLine, OrderRefund, Return, ReturnLine
from apps.orders.rules import may_move_return, tax_of_returned
from shop.errors import FieldError, Invalid, Unavailable
from shop.money import Money

from .advance_order import lease_end
from .move_return import Step, move_return
from .push_refund import push_refund
from .refund_order import answered, check_amount, check_kept
from .write_refund import write_refund

TRIES = 5
PAID_FOR = (ReturnStatus.REFUNDING, ReturnStatus.REFUNDED)


def refund_return(  # noqa: PLR0913  # what a refund is made of
    order: Order, back: Return, *, refund_id: UUID, amount: Money | None, shipping: bool, detail: str, actor: str
) -> OrderRefund:
    """Send back what `worth_of` says, or the smaller `amount`, once per id. The return follows its refund.

    Raises IllegalMove, Invalid above its worth, RefundTooMuch above what is kept, RefundRefused.
    """
    for _ in range(TRIES):
        row = OrderRefund.objects.filter(pk=refund_id, order_id=order.pk).first()
        if row is None:
            row = OrderRefund(
                id=refund_id,
                order_id=order.pk,
                return_id=back.pk,
                amount_minor=_checked(order, back, amount, shipping=shipping).amount,
                currency=order.currency,
                reason=RefundReason.RETURNED.value,
                detail=detail,
                actor=actor,
                due=lease_end(),
            )
            changes = {"refund_id": refund_id, "shipping_refunded": shipping}
            step = Step(ReturnStatus.REFUNDING, str(row.amount), changes, actor=actor)
            if not write_refund(order, row, also=lambda step=step: move_return(back, order, step)):  # type: ignore[misc]
                order.refresh_from_db()
                back.refresh_from_db()
                continue
        return answered(push_refund(row))
    raise Unavailable("The order is changing right now.", retry_after=1)


def worth_of(order: Order, back: Return, *, shipping: bool = False) -> Money:
    """What the units that came cost the buyer, tax included; with `shipping`, unless a return had it before."""
    lines = queries.get_return_lines([back.pk])
    bought = {line.pk: line for line in OrderLine.objects.filter(order_id=order.pk)}
    paid_for = Return.objects.filter(order_id=order.pk, state__in=PAID_FOR).exclude(pk=back.pk)
    others = list(paid_for)
    earlier = queries.get_return_lines([other.pk for other in others])
    total = sum(_worth(line, bought[line.line_id], earlier, included=order.tax_included) for line in lines)
    if shipping and not any(other.shipping_refunded for other in others):
        total += _shipping(order, list(bought.values()))
    return Money(total, order.currency)


def _worth(line: ReturnLine, bought: OrderLine, earlier: list[ReturnLine], *, included: bool) -> int:
    net = bought.unit_price_minor * line.received
    if included:
        return net
    before = sum(other.received for other in earlier if other.line_id == bought.pk)
    return net + tax_of_returned(bought.tax_minor, quantity=bought.quantity, before=before, count=line.received)


def _shipping(order: Order, lines: list[OrderLine]) -> int:
    """With its own tax, where that comes on top: what the lines' taxes leave of the order's."""
    own_tax = 0 if order.tax_included else max(0, order.tax_minor - sum(line.tax_minor for line in lines))
    return order.shipping_minor + own_tax


def _checked(order: Order, back: Return, amount: Money | None, *, shipping: bool) -> Money:
    kept = queries.kept_of(order)
    back.refresh_from_db()  # after the money: whoever was faster has changed both
    if not may_move_return(back.status, ReturnStatus.REFUNDING):
        raise IllegalMove(f"A return that is {back.state} is not refunded.", status=back.state)
    worth = worth_of(order, back, shipping=shipping)
    if amount is None:
        check_kept(Money(1, order.currency), kept)
        amount = Money(min(worth.amount, kept), order.currency)
    check_amount(order, amount)
    if amount.amount > worth.amount:
        told = f"What came back is worth {worth}."
        raise Invalid(told, errors=(FieldError("/amount/amount", "too_much", told),))
    check_kept(amount, kept)
    return amount
