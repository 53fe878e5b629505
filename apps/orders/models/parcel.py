"""What left the house: parcels, each with some of the order's lines."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shop import clock
from shop.db.fields import UUID7Field

from .order import Order, OrderLine


class Parcel(models.Model):
    """One parcel of one order; its id is that of the request that sent it, so sending it twice is sending it once."""

    class State(models.TextChoices):
        SHIPPED = "shipped"
        DELIVERED = "delivered"

    id = UUID7Field(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="parcels")
    carrier = models.CharField(max_length=60, blank=True, default="")
    tracking_number = models.CharField(max_length=100, blank=True, default="", db_index=True)
    tracking_url = models.URLField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SHIPPED)
    actor = models.CharField(max_length=80)
    shipped_at = models.DateTimeField(default=clock.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="parcel_delivered_at_some_time",
                condition=Q(state="shipped", delivered_at__isnull=True)
                | Q(state="delivered", delivered_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        named = " ".join(part for part in (self.carrier, self.tracking_number) if part)
        return named or self.tracking_url or "A parcel without a label"


class ParcelLine(models.Model):
    """So many of one line of the order are in this parcel."""

    id = UUID7Field(primary_key=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+")
    sku = models.CharField(max_length=64)
    quantity = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="parcel_line_once_per_sku", fields=["parcel", "sku"]),
            models.CheckConstraint(name="parcel_line_quantity", condition=Q(quantity__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"
