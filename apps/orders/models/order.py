"""Orders: the row is the saga (status, revision, due, attempts); its timeline says who moved it and why.

Whoever changes `status` does it through services/move_order.py, by compare-and-set on `revision`.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.orders.contracts import CancelReason, OrderStatus
from apps.payments.contracts import PaymentMethod
from shop import clock
from shop.db.fields import UUID7Field
from shop.money import Money

STATUSES = [(status.value, status.value.replace("_", " ")) for status in OrderStatus]
METHODS = [(method.value, method.value.replace("_", " ")) for method in PaymentMethod]
REASONS = [(reason.value, reason.value.replace("_", " ")) for reason in CancelReason]


class Order(models.Model):
    """One order. Its id is the operation that placed it: the same operation is the same order."""

    id = UUID7Field(primary_key=True)
    number = models.CharField(max_length=16, unique=True)
    cart_id = models.UUIDField(db_index=True)
    cart_revision = models.IntegerField()
    customer_id = models.UUIDField(null=True, blank=True)
    by_customer = models.BooleanField(default=False)
    """Placed after a login, and not claimed by its address: only then what the customer has saved may pay it."""
    let_go = models.BooleanField(default=False, db_default=False)
    """Its customer was erased: nobody claims it any more, whoever has its address one day."""
    save_payment_method = models.BooleanField(default=False)
    """Asked for by the buyer: keep what it is paid with."""

    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=32, blank=True, default="")
    shipping_address = models.JSONField(default=dict)
    billing_address = models.JSONField(default=dict)
    note = models.CharField(max_length=1000, blank=True, default="")

    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_included = models.BooleanField()
    total_minor = models.BigIntegerField()
    authorized_minor = models.BigIntegerField(default=0)
    """What the buyer's bank has set aside for it, until that is let go; nothing if all was paid at once."""
    paid_minor = models.BigIntegerField(default=0)
    """What came: of authorized money only what was captured."""

    money_let_go = models.BooleanField(default=False, db_default=False)
    """What was set aside for it, or its rest, was let go after a parcel left: no other leaves until staff says so."""

    payment_method = models.CharField(max_length=16, choices=METHODS, default=PaymentMethod.CARD.value)
    status = models.CharField(max_length=20, choices=STATUSES, default=OrderStatus.PENDING)
    revision = models.IntegerField(default=0)
    due = models.DateTimeField(null=True, blank=True, db_index=True)
    """When the saga must look at it: at once, after a back-off, at the end of the pay window; null is never."""
    attempts = models.IntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    cancel_reason = models.CharField(max_length=20, choices=REASONS, blank=True, default="")
    failure = models.JSONField(null=True, blank=True)
    """The problem that POST /orders answers when the order could not be placed, as it goes on the wire."""
    told = models.BooleanField(default=False)
    """Whether the buyer knows of the order, so that its end must be told too."""

    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    pay_until = models.DateTimeField(null=True, blank=True)
    """Null until stock is reserved: before that, nobody has asked for a payment."""
    hold_seconds = models.PositiveIntegerField(default=7200)
    """For how long stock is asked for: kept, since a repeated reservation must say the same whatever the settings."""
    paid_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "-created_at", "-id"], name="order_status_created"),
            models.Index(fields=["-created_at", "-id"], name="order_newest"),
            # Of the few rows alone: a page of them, and their number, which MongoDB counts by an equality only.
            models.Index(fields=["-created_at", "-id"], name="order_money_let_go", condition=Q(money_let_go=True)),
            models.Index(fields=["money_let_go"], name="order_money_let_go_count", condition=Q(money_let_go=True)),
            models.Index(fields=["customer_id", "-created_at", "-id"], name="order_of_customer"),
            models.Index(fields=["email", "customer_id"], name="order_of_email"),
        ]
        constraints = [
            models.CheckConstraint(
                name="order_total_is_the_sum",
                condition=Q(tax_included=True, total_minor=F("subtotal_minor") + F("shipping_minor"))
                | Q(tax_included=False, total_minor=F("subtotal_minor") + F("shipping_minor") + F("tax_minor")),
            ),
            models.CheckConstraint(
                name="order_no_negative_money",
                condition=Q(subtotal_minor__gte=0, shipping_minor__gte=0, tax_minor__gte=0)
                & Q(total_minor__gte=0, paid_minor__gte=0),
            ),
            models.CheckConstraint(
                name="order_status_known", condition=Q(status__in=[status.value for status in OrderStatus])
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> OrderStatus:
        """The status as the enum."""
        return OrderStatus(self.status)

    def money(self, field: str) -> Money:
        """The column `<field>_minor` with the order's currency."""
        return Money(getattr(self, f"{field}_minor"), self.currency)


class OrderLine(models.Model):
    """What was bought, copied from the quote: names and prices of an order never change."""

    id = UUID7Field(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.IntegerField()
    sku = models.CharField(max_length=64)
    product_id = models.UUIDField()
    name = models.CharField(max_length=300)
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_class = models.CharField(max_length=32)
    tax_rate = models.CharField(max_length=12)
    shipped = models.IntegerField(default=0)
    """How many of them are in parcels that left."""
    returning = models.IntegerField(default=0)
    """How many of those are in returns that were not rejected, withdrawn or closed before they came."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_line_returning", condition=Q(returning__gte=0) & Q(returning__lte=F("shipped"))
            ),
            models.CheckConstraint(
                name="order_line_shipped", condition=Q(shipped__gte=0) & Q(shipped__lte=F("quantity"))
            ),
            models.UniqueConstraint(name="order_line_once_per_sku", fields=["order", "sku"]),
            models.CheckConstraint(name="order_line_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="order_line_total", condition=Q(total_minor=F("quantity") * F("unit_price_minor"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"


class OrderEvent(models.Model):
    """One entry of the timeline: a move, or (`frm` equals `to`) news that moved nothing."""

    class Visible(models.TextChoices):
        NOTHING = "nothing"
        MOVE = "move", "that it happened"
        ALL = "all", "also the words"

    id = UUID7Field(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField(default=clock.now)
    frm = models.CharField(max_length=20, blank=True, default="")
    to = models.CharField(max_length=20)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=40, blank=True, default="")
    """A stable code: a CancelReason, or the name of the news."""
    detail = models.CharField(max_length=1000, blank=True, default="")
    visible = models.CharField(max_length=8, choices=Visible.choices, default=Visible.MOVE, verbose_name="buyer sees")
    """What the buyer sees of it; of a move never the detail, which is in the staff's words."""

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="order_event_timeline")]

    def __str__(self) -> str:
        return f"{self.frm} -> {self.to}"
