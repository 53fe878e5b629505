"""What the audit of the shop's invariants asks of orders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, Sum

from apps.orders.contracts import OrderStatus
from apps.orders.models import CapturePromise, Order, OrderCapture, OrderEvent, OrderRefund, Return
from apps.orders.rules import STANDING
from apps.payments.contracts import PaymentMethod
from shop import clock

WAITS_FOR_THE_BUYER = OrderStatus.AWAITING_PAYMENT


def pending() -> dict[str, int]:
    """Orders that the saga still has to move, refunds that are not done."""
    now = clock.now()
    moving = ~Q(status=WAITS_FOR_THE_BUYER)
    # A claimed order has its lease as due time: what tells is that its time to pay is over.
    overdue = Q(status=WAITS_FOR_THE_BUYER) & (Q(pay_until__lte=now) | Q(due__lte=now))
    due = Order.objects.filter(Q(due__isnull=False) & (moving | overdue))
    # What goes back by bank waits for finance once it is promised.
    by_bank = list(Order.objects.filter(payment_method=PaymentMethod.BANK_TRANSFER).values_list("pk", flat=True))
    promised = Q(state=OrderRefund.State.SENT) & ~Q(order_id__in=by_bank)
    unfinished = OrderRefund.objects.filter(Q(state=OrderRefund.State.ASKED) | promised)
    captures = OrderCapture.objects.filter(state=OrderCapture.State.ASKED)
    promises = CapturePromise.objects.filter(due__isnull=False)
    returns = Return.objects.filter(due__isnull=False)
    return {
        "orders.due": due.count(),
        "orders.refunds": unfinished.count(),
        "orders.captures": captures.count(),
        "orders.promises": promises.count(),
        "orders.returns": returns.count(),
    }


def _sent_back() -> dict[UUID, int]:
    """What was asked to go back of each order, unless the provider refused."""
    rows = OrderRefund.objects.exclude(state=OrderRefund.State.REFUSED)
    sums = rows.values("order_id").order_by("order_id").annotate(total=Sum("amount_minor"))
    return dict(sums.values_list("order_id", "total"))


def facts() -> dict[str, Any]:
    """Every order by its id."""
    accepted = OrderEvent.objects.filter(reason="accepted_as_paid")
    content = set(accepted.values_list("order_id", flat=True))  # staff went on with what came, whatever it was
    sent = OrderRefund.objects.filter(reason="by_hand")
    back = _sent_back()
    by_hand = dict(sent.values_list("order_id", "amount_minor"))
    return {
        "orders": {
            str(order.pk): {
                "number": order.number,
                "status": order.status,
                "total": order.total_minor,
                "currency": order.currency,
                "paid": order.paid_minor,
                "authorized": order.authorized_minor,
                "covered": order.paid_at is not None,
                "reason": order.cancel_reason,
                "told": order.told,
                "sent_back": back.get(order.pk, 0) if order.state in STANDING else 0,
                "content": order.pk in content,
                "by_hand": by_hand.get(order.pk, 0),
                "cart_id": str(order.cart_id),
            }
            for order in Order.objects.all()
        }
    }
