"""A buyer who took the money back through their bank."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.payments.contracts import DisputeStatus
from shop import clock
from shop.money import Money


class Dispute(models.Model):
    """What the provider said of one dispute; its primary key is the provider's id.

    `withdrawn_minor` and `fee_minor` are what the books have of it; `revision` guards both.
    """

    id = models.CharField(primary_key=True, db_column="_id", max_length=255)
    order_id = models.UUIDField(db_index=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=64, blank=True, default="")
    status = models.CharField(
        max_length=8, choices=[(item.value, item.value) for item in DisputeStatus], default=DisputeStatus.OPEN.value
    )
    provider_status = models.CharField(max_length=40, blank=True, default="")
    withdrawn_minor = models.BigIntegerField(default=0)
    """What the bank has taken and not given back; an inquiry takes nothing."""
    fee_minor = models.BigIntegerField(default=0)
    fee_currency = models.CharField(max_length=3, blank=True, default="")
    """The provider takes its fee in the currency of our account."""
    evidence_due = models.DateTimeField(null=True, blank=True)
    """Until when the shop may answer, at the provider."""
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-opened_at", "-id"], name="payments_dispute_newest"),
            models.Index(fields=["status", "-opened_at", "-id"], name="payments_dispute_of_status"),
        ]

    def __str__(self) -> str:
        return f"{self.id}: {self.status}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
