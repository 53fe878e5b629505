"""Check the books: every currency sums to zero, and every payment is what its entries say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from apps.payments.contracts import PaymentStatus, RefundStatus
from apps.payments.models import LedgerEntry, Payment, Refund
from apps.payments.rules import Account, DifferenceKind
from shop.money import Money

from .differences import Found, note_difference, resolve_differences

PAGE = 500
BOOKS = "the books of "


def check_ledger() -> int:
    """Note what differs, close what does not any more; answers how many of these are news. Reads all, in pages."""
    found = [*_unbalanced(), *_payments_that_differ(looked_at := set())]
    looked_at |= {f"{BOOKS}{currency}" for currency in _currencies()}
    kinds = (DifferenceKind.LEDGER, DifferenceKind.UNBALANCED)
    return sum(map(note_difference, found)) + resolve_differences(kinds, found=found, looked_at=looked_at)


def _currencies() -> list[str]:
    return list(LedgerEntry.objects.order_by("currency").values_list("currency", flat=True).distinct())


def _unbalanced() -> Iterator[Found]:
    totals = LedgerEntry.objects.values("currency").order_by("currency").annotate(total=Sum("amount_minor"))
    for row in totals:
        if row["total"]:
            rest = Money(row["total"], row["currency"])
            yield Found(
                DifferenceKind.UNBALANCED,
                f"The books of {rest.currency} sum to {rest}.",
                reference=f"{BOOKS}{rest.currency}",
            )


def _payments_that_differ(looked_at: set[UUID | str]) -> Iterator[Found]:
    after: UUID | None = None
    while True:
        rows = Payment.objects.filter(status=PaymentStatus.SUCCEEDED).order_by("pk")
        page = list(rows[:PAGE] if after is None else rows.filter(pk__gt=after)[:PAGE])
        yield from _differences_of(page)
        looked_at.update(payment.pk for payment in page)
        if len(page) < PAGE:
            return
        after = page[-1].pk


def _differences_of(payments: list[Payment]) -> Iterator[Found]:
    ids = [payment.pk for payment in payments]
    kept = _sums(LedgerEntry.objects.filter(order_id__in=ids, account=Account.ORDERS), "order_id")
    back = _sums(Refund.objects.filter(payment_id__in=ids, status=RefundStatus.SUCCEEDED), "payment_id")
    for payment in payments:
        known = payment.amount_received_minor - back.get(payment.pk, 0)
        books = -kept.get(payment.pk, 0)
        if known != books:
            yield Found(
                DifferenceKind.LEDGER,
                f"Order {payment.order_number}: {Money(known, payment.currency)} is kept, "
                f"the books say {Money(books, payment.currency)}.",
                order_id=payment.pk,
            )


def _sums(rows: QuerySet[Any], by: str) -> dict[UUID, int]:
    totals = rows.order_by(by).values(by).annotate(total=Sum("amount_minor"))
    return dict(totals.values_list(by, "total"))
