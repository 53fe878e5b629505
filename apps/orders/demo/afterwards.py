"""What came after the demo orders: returns at every step, and money that goes back by bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from apps.catalog import api as catalog
from apps.catalog.contracts import ReturnedStock
from apps.orders.contracts import Condition, RefundReason, ReturnReason, ReturnStatus
from apps.orders.models import Order, OrderEvent, OrderLine, OrderRefund, Return, ReturnLine
from apps.payments import api as payments
from apps.payments.contracts import PaymentMethod
from shop.ids import derived_id
from shop.money import Money

R = ReturnStatus
GOODWILL = 500


@dataclass(frozen=True, slots=True)
class After:
    """Where a return is by now, and why it was asked for; or a part of the money that went back without one."""

    path: tuple[ReturnStatus, ...]
    reason: ReturnReason = ReturnReason.OTHER
    text: str = ""
    answer: str = ""


ASKED = (R.REQUESTED, R.AUTHORISED, R.RECEIVED, R.RESTOCKED)
AFTERWARDS: dict[str, After] = {
    "SO-DEM0-0006": After(ASKED[:2], ReturnReason.DOES_NOT_FIT, "Too small for my shelf.", "Send it."),
    "SO-DEM0-0007": After(()),
    "SO-DEM0-0008": After(ASKED[:1], ReturnReason.DAMAGED, "There is a crack in it."),
    "SO-DEM0-0018": After((R.REQUESTED, R.REJECTED), ReturnReason.UNWANTED, "Changed my mind.", "It was worn."),
    "SO-DEM0-0019": After((*ASKED, R.REFUNDING), ReturnReason.WRONG_ITEM, "I ordered the blue one.", "We are sorry."),
    "SO-DEM0-0020": After(ASKED, ReturnReason.NOT_AS_DESCRIBED, "The colour is another one.", "Send it."),
}
"""By the number of the order; those whose money goes back were paid by bank, where finance sends it."""


def afterwards(order: Order, line: OrderLine, after: After) -> Callable[[], object]:
    """Ask the other contexts for their part, now; what it answers writes ours, in the order's transaction."""
    if order.payment_method != PaymentMethod.BANK_TRANSFER and after.path[-1:] == (R.REFUNDING,):
        after = replace(after, path=after.path[:-1])  # this shop takes no transfers
    back = _return(order, after) if after.path else None
    if back is not None and R.RECEIVED in after.path:
        wanted = (ReturnedStock(line.sku, 1, ""),)
        catalog.take_back(movement_id=derived_id(back.pk, "shelf"), order_id=order.pk, lines=wanted)
    refund = _refund(order, line, back) if not after.path or R.REFUNDING in after.path else None
    if back is not None:
        line.returning = 0 if {R.REJECTED, R.WITHDRAWN} & set(after.path) else 1

    def write() -> None:
        if back is not None:
            _write_return(order, line, back, after)
        if refund is not None:
            refund.save(force_insert=True)

    return write


def _return(order: Order, after: After) -> Return:
    state = after.path[-1]
    pk = derived_id(order.pk, "demo-return")
    return Return(
        id=pk,
        order_id=order.pk,
        state=state.value,
        revision=len(after.path) - 1,
        reason=after.reason.value,
        text=after.text,
        answer=after.answer,
        actor="demo",
        refund_id=derived_id(pk, "refund") if state is R.REFUNDING else None,
        created_at=order.updated_at,
        updated_at=order.updated_at,
        received_at=order.updated_at if R.RECEIVED in after.path else None,
        restock_id=derived_id(pk, "shelf") if R.RECEIVED in after.path else None,
    )


def _refund(order: Order, line: OrderLine, back: Return | None) -> OrderRefund | None:
    """Promised by bank, and for finance to send; what came by card in a demo cannot be sent back."""
    if order.payment_method != PaymentMethod.BANK_TRANSFER:
        return None
    reason = RefundReason.GOODWILL if back is None else RefundReason.RETURNED
    amount = Money(GOODWILL if back is None else line.unit_price_minor, order.currency)
    row = OrderRefund(
        id=derived_id(order.pk if back is None else back.pk, "refund"),
        order_id=order.pk,
        amount_minor=amount.amount,
        currency=amount.currency,
        reason=reason.value,
        actor="demo",
        return_id=back.pk if back is not None else None,
        state=OrderRefund.State.SENT,
        at=order.updated_at,
    )
    payments.refund_payment(refund_id=row.pk, order_id=order.pk, amount=amount, reason=row.reason)
    return row


def _write_return(order: Order, line: OrderLine, back: Return, after: After) -> None:
    came = R.RECEIVED in after.path
    back.save(force_insert=True)
    ReturnLine(
        id=derived_id(back.pk, "line"),
        returned_id=back.pk,
        line_id=line.pk,
        sku=line.sku,
        name=line.name,
        quantity=1,
        received=int(came),
        condition=Condition.AS_NEW.value if came else "",
        restock=came,
    ).save(force_insert=True)
    for step in after.path:
        OrderEvent(
            order_id=order.pk,
            at=order.updated_at,
            frm=order.status,
            to=order.status,
            actor="demo",
            reason=f"return_{step}",
        ).save(force_insert=True)
