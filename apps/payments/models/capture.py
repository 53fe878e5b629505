"""What was taken of authorized money, part by part."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from shop import clock
from shop.money import Money

from .payment import Payment


class PaymentCapture(models.Model):
    """One capture, written with its claim on the payment's row; a row that the provider refused goes away again.

    A table of its own and no columns of the payment: versions that knew one capture only write payments, too.
    """

    capture_id = models.UUIDField(primary_key=True, db_column="_id")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="captures", db_index=False)
    amount_minor = models.BigIntegerField()
    """What was asked for."""
    taken_minor = models.BigIntegerField(default=0)
    """What the provider then took: by hand on its own page it may be something else."""
    currency = models.CharField(max_length=3)
    final = models.BooleanField()
    """Whether it lets go of the rest."""
    at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)
    """When we knew that it was taken."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["payment", "at"], name="payments_capture_of_payment")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_capture_positive")
        ]

    def __str__(self) -> str:
        return f"{self.amount}"

    @property
    def asked(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def amount(self) -> Money:
        """What was taken; until that is known, what was asked for."""
        return self.asked if self.done_at is None else Money(self.taken_minor, self.currency)
