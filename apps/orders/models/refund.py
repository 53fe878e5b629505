"""Money that goes back: all of it with a cancellation, parts by staff, or what was returned."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shop import clock
from shop.money import Money

from .order import Order


class OrderRefund(models.Model):
    """Money that goes back, each time with its own id: that of the request, or derived, so asked once."""

    class State(models.TextChoices):
        ASKED = "asked"
        SENT = "sent"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, db_column="_id")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=500, blank=True, default="")
    """In the words of whoever decided it."""
    actor = models.CharField(max_length=80, blank=True, default="")
    return_id = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    failure = models.CharField(max_length=500, blank=True, default="")
    """Why it was refused."""
    at = models.DateTimeField(default=clock.now)
    due = models.DateTimeField(null=True, blank=True, db_index=True)
    """When payments must be asked (again); null for those that the saga asks for, and when it is known."""
    attempts = models.IntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="order_refund_positive", condition=Q(amount_minor__gt=0))]

    def __str__(self) -> str:
        return f"{self.amount}, {self.state}"

    @property
    def amount(self) -> Money:
        """In its currency."""
        return Money(self.amount_minor, self.currency)
