"""Authorized money that is to be taken because the goods leave."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shop import clock
from shop.money import Money

from .order import Order


class OrderCapture(models.Model):
    """Written with the first parcel; its id is derived from the order's, so it is asked for once."""

    class State(models.TextChoices):
        ASKED = "asked"
        DONE = "done"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, db_column="_id")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="captures")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    due = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due"], name="order_capture_due"),
            models.Index(fields=["-at", "-id"], name="order_capture_listed"),
        ]
        constraints = [models.CheckConstraint(name="order_capture_positive", condition=Q(amount_minor__gt=0))]

    def __str__(self) -> str:
        return f"{Money(self.amount_minor, self.currency)}, {self.state}"
