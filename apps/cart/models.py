"""Carts, their lines, and who checked them out. A cart's row is the guard of everything that changes it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from shop import clock
from shop.db.fields import UUID7Field

from .rules import MAX_QUANTITY

LIFETIME = timedelta(days=30)


def default_expiry() -> datetime:
    """A cart that nobody touches is forgotten after this moment."""
    return clock.now() + LIFETIME


class Cart(models.Model):
    """A guest's cart is opened by its unguessable id; every change makes `revision` grow."""

    class Status(models.TextChoices):
        OPEN = "open"
        ORDERED = "ordered"

    id = UUID7Field(primary_key=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(max_length=3)
    customer_id = models.UUIDField(null=True, blank=True)
    order_id = models.UUIDField(null=True, blank=True)
    revision = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(default=default_expiry)

    class Meta:
        indexes = [models.Index(fields=["status", "expires_at"], name="cart_expiry")]
        constraints = [
            models.CheckConstraint(
                name="cart_order_iff_ordered",
                condition=Q(status="open", order_id__isnull=True) | Q(status="ordered", order_id__isnull=False),
            ),
            models.CheckConstraint(name="cart_revision_positive", condition=Q(revision__gte=0)),
        ]

    def __str__(self) -> str:
        return str(self.id)


class CartLine(models.Model):
    """So many of one SKU. Name, tax class and price are what the buyer last saw; the quote is live."""

    id = UUID7Field(primary_key=True)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    sku = models.CharField(max_length=64)
    quantity = models.IntegerField()
    product_id = models.UUIDField()
    name = models.CharField(max_length=300)
    tax_class = models.CharField(max_length=32)
    seen_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="cart_line_once_per_sku", fields=["cart", "sku"]),
            models.CheckConstraint(name="cart_line_quantity", condition=Q(quantity__gte=1, quantity__lte=MAX_QUANTITY)),
            models.CheckConstraint(name="cart_line_seen_price", condition=Q(seen_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class CheckOut(models.Model):
    """That an order took a cart, or gave it back; a reopening that came first stays as a tombstone."""

    class State(models.TextChoices):
        ORDERED = "ordered"
        REOPENED = "reopened"

    order_id = models.UUIDField(primary_key=True, db_column="_id")
    cart_id = models.UUIDField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices)
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"
