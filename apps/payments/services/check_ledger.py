"""Check the books: every currency sums to zero, and every payment is what its entries say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum

from apps.payments.contracts import RefundStatus
from apps.payments.models import Difference, LedgerEntry, Payment, Refund
from apps.payments.rules import Account, DifferenceKind
from shop import clock
from shop.money import Money

from .books import Books, keep_checkpoint, read_books
from .differences import Found, note_difference, resolve_differences
from .newly_received import MAY_HOLD

PAGE = 500
BOOKS = "the books of "
SETTLED = timedelta(minutes=15)
"""What is older is committed, whatever the clocks of other machines say; a checkpoint ends there."""


def check_ledger(*, whole: bool = False) -> int:
    """Note what differs, close what does not any more; answers how many of these are news.

    It goes on from the last checkpoint: it reads the entries written since, and the payments that they, a success, a
    refund or an open difference name. `whole` reads everything, as the first check does.
    """
    until = clock.now() - SETTLED
    books = read_books(whole=whole)
    found = [*_unbalanced(books)]
    looked_at: set[UUID | str] = {f"{BOOKS}{currency}" for currency in books.totals}
    for page in _all_payments() if whole or not books.since.year > 1970 else _touched_since(books.since):
        found += _differences_of(page)
        looked_at.update(payment.pk for payment in page)
    if until > books.since:
        keep_checkpoint(read_books(until=until, whole=whole), until=until)
    kinds = (DifferenceKind.LEDGER, DifferenceKind.UNBALANCED)
    return sum(map(note_difference, found)) + resolve_differences(kinds, found=found, looked_at=looked_at)


def _unbalanced(books: Books) -> Iterator[Found]:
    for currency in sorted(books.totals):
        if rest := books.rest(currency):
            detail = f"The books of {currency} sum to {rest}."
            yield Found(DifferenceKind.UNBALANCED, detail, reference=f"{BOOKS}{currency}")


def _all_payments() -> Iterator[list[Payment]]:
    after: UUID | None = None
    while True:
        rows = Payment.objects.filter(status__in=MAY_HOLD).order_by("pk")
        page = list(rows[:PAGE] if after is None else rows.filter(pk__gt=after)[:PAGE])
        yield page
        if len(page) < PAGE:
            return
        after = page[-1].pk


def _touched_since(since: datetime) -> Iterator[list[Payment]]:
    ids = sorted(
        {
            *LedgerEntry.objects.filter(written_at__gte=since).values_list("order_id", flat=True),
            *Payment.objects.filter(succeeded_at__gte=since).values_list("pk", flat=True),
            *Refund.objects.filter(succeeded_at__gte=since).values_list("payment_id", flat=True),
            *_still_open(),
        }
    )
    for start in range(0, len(ids), PAGE):
        rows = Payment.objects.filter(pk__in=ids[start : start + PAGE], status__in=MAY_HOLD)
        yield list(rows.order_by("pk"))


def _still_open() -> Iterable[UUID]:
    rows = Difference.objects.filter(resolved_at=None, kind=DifferenceKind.LEDGER)
    return [order_id for order_id in rows.values_list("order_id", flat=True) if order_id]


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
