"""What payments tells reaches the right use case, once per event."""

from __future__ import annotations

import msgspec
import pytest

from apps.orders.contracts import CancelReason
from apps.orders.models import OrderEvent
from apps.orders.services.cancel_order import cancel_order
from apps.orders.tests.doubles import eur
from apps.payments.contracts import PaymentFailed, PaymentSucceeded, RefundSucceeded
from shop import clock
from shop.events import Event
from shop.events.inbox import Envelope, deliver
from shop.ids import derived_id, uuid7

pytestmark = pytest.mark.usefixtures("database")


def tell(event: Event, times: int = 2) -> None:
    envelope = Envelope(uuid7(), event.name, "key", msgspec.json.encode(event).decode())
    for _ in range(times):
        assert deliver("orders", [envelope]) == {}


def test_success_failure_and_refund_are_handled_once_each(world, told):
    order = world.place().order

    tell(PaymentFailed(order_id=order.pk, failure_id=uuid7(), reason="card_declined", failed_at=clock.now()))
    tell(PaymentSucceeded(order_id=order.pk, amount=eur(2495), paid_at=clock.now()))
    assert world.order().status == "paid"
    cancel_order(world.order(), actor="buyer", reason=CancelReason.CUSTOMER)
    refund_id = derived_id(order.pk, "refund:customer")
    tell(RefundSucceeded(order.pk, refund_id, eur(2495), "customer", clock.now()))

    assert [name for name, _ in told()] == ["order_payment_failed", "order_cancelled", "order_refunded"]
    news = OrderEvent.objects.filter(reason__in=["payment_failed", "payment_succeeded", "refund_succeeded"])
    assert news.count() == 3
