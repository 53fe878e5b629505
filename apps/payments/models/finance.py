"""What finance did by hand: written once, with who and when, in the transaction of what it changed."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from shop import clock
from shop.db.append_only import AppendOnlyModel, AppendOnlyQuerySet


class FinanceKind(StrEnum):
    BANK_RECEIPT = "bank_receipt"
    """Money came to our bank account."""
    REFUND_SENT = "refund_sent"
    """A refund left our bank account."""
    CAPTURED = "captured"
    """Authorized money was taken before its goods left, or only a part of it."""
    VOIDED = "voided"
    """Authorized money was let go before its goods left."""
    CORRECTED = "corrected"
    """What is written of the deed before did not happen, or not so: the provider said otherwise."""
    EVENT_REPLAYED = "event_replayed"
    """A stored event of the provider's was handed to a worker again."""


class FinanceOperationQuerySet(AppendOnlyQuerySet["FinanceOperation"]):
    """Reads and appends."""


class FinanceOperation(AppendOnlyModel):
    """One deed of finance; its primary key is the operation's, so a repeat finds it."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in FinanceKind])
    order_id = models.UUIDField(null=True, blank=True)
    refund_id = models.UUIDField(null=True, blank=True)
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True, default="")
    happened_on = models.DateField(null=True, blank=True)
    """The day on the bank statement."""
    reference = models.CharField(max_length=140, blank=True, default="")
    """What the bank calls it, or the provider's id."""
    note = models.CharField(max_length=500, blank=True, default="")
    actor = models.CharField(max_length=80)
    at = models.DateTimeField(default=clock.now)

    objects = FinanceOperationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order_id", "at"], name="payments_operation_of_order"),
            models.Index(fields=["-at", "-id"], name="payments_operation_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payments_operation_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"
