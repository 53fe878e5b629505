"""What tests and audits may know of payments: what still has to happen, and what is true."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import Sum

from apps.payments.contracts import PaymentMethod, PaymentStatus, RefundStatus
from apps.payments.models import (
    CustomerState,
    FinanceKind,
    FinanceOperation,
    LedgerEntry,
    Payment,
    PaymentCapture,
    ProviderCustomer,
    ProviderEvent,
    Refund,
)
from apps.payments.rules import Account
from shop import clock


def pending() -> dict[str, int]:
    """Work that is waiting. An open payment waits for its buyer and counts only when it is due to be asked about."""
    events = ProviderEvent.objects
    waiting = [PaymentStatus.OPEN, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED]
    due = Payment.objects.filter(status__in=waiting, due__lte=clock.now())
    aside = Payment.objects.filter(status=PaymentStatus.AUTHORIZED)
    return {
        "events": events.filter(status=ProviderEvent.PENDING).count(),
        # One by bank transfer waits for finance, which is no work of ours.
        "refunds": Refund.objects.filter(status=RefundStatus.PENDING, method=PaymentMethod.CARD).count(),
        "captures": aside.filter(capture_id__isnull=False).count(),
        "voids": aside.filter(void_id__isnull=False).count(),
        "customers": ProviderCustomer.objects.filter(state=CustomerState.CLOSING).count(),
        "payments_due": due.count(),
        "dead": events.filter(status=ProviderEvent.DEAD).count(),
    }


def facts() -> dict[str, Any]:
    """The money of every order and every refund, as plain JSON."""
    books = LedgerEntry.objects.values("currency").order_by("currency").annotate(total=Sum("amount_minor"))
    kept = LedgerEntry.objects.filter(account=Account.ORDERS).values("order_id").order_by("order_id")
    booked = dict(kept.annotate(total=Sum("amount_minor")).values_list("order_id", "total"))
    chosen: dict[UUID | None, int] = defaultdict(int)
    for deed in FinanceOperation.objects.filter(kind=FinanceKind.CAPTURED):
        chosen[deed.order_id] += deed.amount_minor
    return {
        "books": dict(books.values_list("currency", "total")),
        "payments": {
            str(payment.order_id): {
                "status": payment.status,
                "provider": payment.provider,
                "intent": payment.provider_reference,
                "amount": payment.amount_minor,
                "authorized": payment.authorized_minor,
                # What finance chose to capture of it, in one or several parts, if that is what was captured.
                "in_part": _in_part(payment, chosen.get(payment.pk, 0)),
                "received": payment.amount_received_minor,
                "refunded": payment.amount_refunded_minor,
                "currency": payment.currency,
                "booked": -booked.get(payment.order_id, 0),
            }
            for payment in Payment.objects.iterator()
        },
        "refunds": [
            {
                "refund_id": str(refund.refund_id),
                "order_id": str(refund.payment_id),
                "amount": refund.amount_minor,
                "currency": refund.currency,
                "reason": refund.reason,
                "status": refund.status,
            }
            for refund in Refund.objects.iterator()
        ],
        "captures": [
            {
                "order_id": str(capture.payment_id),
                "asked": capture.amount_minor,
                "taken": capture.taken_minor,
                "done": capture.done_at is not None,
            }
            for capture in PaymentCapture.objects.iterator()
        ],
    }


def _in_part(payment: Payment, chosen: int) -> int:
    over = payment.status != PaymentStatus.AUTHORIZED
    return chosen if over and chosen == payment.amount_received_minor != payment.authorized_minor else 0
