"""Carts, their lines, and who checked them out. A cart's row is the guard of everything that changes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q

from shop import clock
from shop.db.fields import UUID7Field
from shop.ids import unguessable_id

from .rules import MAX_QUANTITY


def default_expiry() -> datetime:
    """A guest's cart that nobody touches is forgotten after this moment."""
    return expiry_of(None)


def expiry_of(customer_id: UUID | None) -> datetime:
    """When a cart that is touched now is forgotten: a customer's later than a guest's."""
    days = settings.CART_GUEST_DAYS if customer_id is None else settings.CART_CUSTOMER_DAYS
    return clock.now() + timedelta(days=days)


class Cart(models.Model):
    """A guest's is opened by its unguessable id, a customer's by nobody else. Every change makes `revision` grow."""

    class Status(models.TextChoices):
        OPEN = "open"
        ORDERED = "ordered"
        MERGED = "merged"
        """Its lines are in `merged_into`, a cart of the same customer."""
        EXPIRED = "expired"
        """About to be removed, in the same transaction."""

    id = UUID7Field(primary_key=True, default=unguessable_id)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(max_length=3)
    customer_id = models.UUIDField(null=True, blank=True)
    order_id = models.UUIDField(null=True, blank=True)
    merged_into = models.UUIDField(null=True, blank=True)
    revision = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(default=default_expiry)

    class Meta:
        indexes = [
            models.Index(fields=["status", "expires_at"], name="cart_expiry"),
            models.Index(fields=["customer_id", "status"], name="cart_customer"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="cart_one_open_per_customer", fields=["customer_id"], condition=Q(status="open")
            ),
            models.CheckConstraint(
                name="cart_fits_its_status",
                condition=Q(status__in=["open", "expired"], order_id__isnull=True, merged_into__isnull=True)
                | Q(status="ordered", order_id__isnull=False, merged_into__isnull=True)
                | Q(status="merged", order_id__isnull=True, merged_into__isnull=False),
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
    seen_currency = models.CharField(max_length=3, default="", blank=True)
    """Of `seen_minor`: not always the cart's. Empty, in rows of an older version, is the cart's."""

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
