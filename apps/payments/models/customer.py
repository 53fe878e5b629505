"""Which customer at the provider an account is: made when a payment method is first saved, gone with the account."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from shop import clock


class CustomerState(StrEnum):
    OPEN = "open"
    CLOSING = "closing"
    """The account is gone; what is saved at the provider is being deleted."""
    CLOSED = "closed"
    """Nothing is saved there, and nothing may be made again."""


class ProviderCustomer(models.Model):
    """One per account: its primary key is the account's, so there are no two, and it stays when the account is gone."""

    customer_id = models.UUIDField(primary_key=True, db_column="_id")
    reference = models.CharField(max_length=255, blank=True, default="")
    """The provider's id; empty before its answer was written."""
    key_number = models.PositiveIntegerField(default=1)
    key_since = models.DateTimeField(default=clock.now)
    state = models.CharField(
        max_length=8, choices=[(state.value, state.value) for state in CustomerState], default=CustomerState.OPEN.value
    )
    due = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "due"], name="payments_customer_due"),
            models.Index(fields=["-created_at", "-customer_id"], name="payments_customer_listed"),
        ]

    def __str__(self) -> str:
        return self.reference or str(self.customer_id)
