"""The books: every movement of money as entries that sum to zero, written with the change that they explain."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.payments.rules import Account, Posting
from shop import clock
from shop.db.append_only import AppendOnlyModel, AppendOnlyQuerySet
from shop.money import Money


class LedgerQuerySet(AppendOnlyQuerySet["LedgerEntry"]):
    """Reads and appends."""


class LedgerEntry(AppendOnlyModel):
    """One side of a posting. Its key is made of the posting and the account, so nothing is booked twice.

    Positive is what came to an account, negative what left it; the entries of one posting sum to zero.
    """

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    posting_id = models.UUIDField(editable=False)
    order_id = models.UUIDField(db_index=True)
    account = models.CharField(max_length=12, choices=[(account.value, account.value) for account in Account])
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Posting])
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=255, blank=True, default="")
    """The provider's id of the intent or refund, or the finance clerk's words."""
    at = models.DateTimeField(default=clock.now)
    """When the money moved, as whoever moved it says."""
    written_at = models.DateTimeField(default=clock.now)
    """When we wrote it: a check goes on from where the last one ended."""

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "ledger entries"
        indexes: ClassVar = [
            models.Index(fields=["currency", "account"], name="payments_ledger_account"),
            models.Index(fields=["-at", "-id"], name="payments_ledger_newest"),
            models.Index(fields=["written_at"], name="payments_ledger_written"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="payments_ledger_not_nothing")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.account} {Money(self.amount_minor, self.currency)}"
