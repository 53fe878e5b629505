"""A return goes where its refund goes."""

from __future__ import annotations

from apps.orders.contracts import ReturnStatus
from apps.orders.models import Order, OrderRefund, Return

from .move_return import Step, move_return

TRIES = 5


def follow_refund(row: OrderRefund, *, went: bool) -> None:
    """To refunded; or back to restocked when the money did not go, to be decided anew. Runs inside one transaction."""
    if row.return_id is None:
        return
    for _ in range(TRIES):
        back = Return.objects.filter(pk=row.return_id, refund_id=row.pk).first()
        if back is None or (went and back.status != ReturnStatus.REFUNDING):
            return
        order = Order.objects.get(pk=back.order_id)
        if move_return(back, order, _refunded(row) if went else _refused()):
            return
    raise RuntimeError(f"Return {row.return_id} changes too fast")


def _refunded(row: OrderRefund) -> Step:
    return Step(ReturnStatus.REFUNDED, str(row.amount))


def _refused() -> Step:
    return Step(
        ReturnStatus.RESTOCKED, "its refund did not go", changes={"refund_id": None, "shipping_refunded": False}
    )
