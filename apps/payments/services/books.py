"""What the books sum to: the last checkpoint, and what was written since. A checkpoint is never read twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Sum

from apps.payments.models import BooksCheckpoint, LedgerEntry
from shop.db import transact
from shop.ids import uuid7
from shop.money import Money

START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Books:
    """The sum of each account of each currency, in minor units."""

    totals: dict[str, dict[str, int]]
    entries: int
    since: datetime
    """From where on entries were read; what came before is the checkpoint's."""

    def rest(self, currency: str) -> Money:
        """What the accounts of a currency sum to: nothing, or the books are wrong."""
        return Money(sum(self.totals[currency].values()), currency)


def read_books(*, until: datetime | None = None, whole: bool = False) -> Books:
    """As they are now, or were before `until`. `whole` trusts no checkpoint and reads every entry."""
    last = None if whole else last_checkpoint()
    totals = {currency: dict(accounts) for currency, accounts in last.totals.items()} if last else {}
    entries, since = (last.entries, last.until) if last else (0, START)
    rows = LedgerEntry.objects.filter(written_at__gte=since)
    if until is not None:
        rows = rows.filter(written_at__lt=until)
    sums = rows.values("currency", "account").order_by("currency", "account")
    for row in sums.annotate(total=Sum("amount_minor"), count=Count("pk")):
        accounts = totals.setdefault(row["currency"], {})
        accounts[row["account"]] = accounts.get(row["account"], 0) + row["total"]
        entries += row["count"]
    return Books(totals, entries, since)


def last_checkpoint() -> BooksCheckpoint | None:
    """Where the last check ended."""
    return BooksCheckpoint.objects.order_by("-until", "-pk").first()


def keep_checkpoint(books: Books, *, until: datetime) -> None:
    """From here the next check goes on. What was written before `until` must all be there."""
    row = BooksCheckpoint(id=uuid7(), until=until, totals=books.totals, entries=books.entries)
    transact("payments", lambda: row.save(force_insert=True))
