"""The money of each order, and what was sent back of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from apps.payments import contracts
from apps.payments.contracts import PaymentMethod, PaymentStatus, RefundStatus
from shop import clock
from shop.money import Money

ENDED = (PaymentStatus.SUCCEEDED, PaymentStatus.CANCELED)


def _choices(of: type[PaymentMethod | PaymentStatus | RefundStatus]) -> list[tuple[str, str]]:
    return [(item.value, item.value) for item in of]


class Payment(models.Model):
    """The one payment of an order; its primary key is the order's id, so there cannot be two.

    `revision` grows with every change: who asked the provider may only write what it heard if
    nobody wrote in the meantime.
    """

    order_id = models.UUIDField(primary_key=True, db_column="_id")
    order_number = models.CharField(max_length=32, blank=True, default="", db_index=True)
    method = models.CharField(max_length=16, choices=_choices(PaymentMethod), default=PaymentMethod.CARD.value)
    provider = models.CharField(max_length=20)
    provider_reference = models.CharField(max_length=255, blank=True, default="", db_index=True)
    key_number = models.PositiveIntegerField(default=1)
    """Which idempotency key opens the intent: grows only after it is known that the last one made none."""
    key_since = models.DateTimeField(default=clock.now)
    capture = models.CharField(max_length=12, default="automatic")
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    customer_reference = models.CharField(max_length=255, blank=True, default="")
    """The buyer at the provider, whose saved methods may pay it."""
    save_method = models.BooleanField(default=False)
    """Whether what it is paid with is to be kept for that buyer."""
    authorized_minor = models.BigIntegerField(default=0)
    """What was set aside; it stays here when it was captured or let go."""
    capture_id = models.UUIDField(null=True, blank=True)
    """The capture that is under way, and at last the one that ended it: claimed here before the provider is asked, one
    at a time, so that all of them never take more than was set aside. Each has a row of its own: PaymentCapture."""
    capture_minor = models.BigIntegerField(default=0)
    capture_key_number = models.PositiveIntegerField(default=1)
    void_id = models.UUIDField(null=True, blank=True)
    """Finance lets go of what is set aside: claimed here too, so that it is never captured and let go at once."""
    promise_number = models.PositiveIntegerField(null=True, blank=True)
    """Of the last promise that goods may leave on what is set aside: an earlier one that comes late means nothing."""
    promised = models.BooleanField(null=True, blank=True)
    """Whether it is kept: then no void is claimed."""
    lapsed = models.BooleanField(null=True, blank=True)
    """Whether what was set aside, or its rest, ended without a capture and without us."""
    amount_received_minor = models.BigIntegerField(default=0)
    """What came; of authorized money also before the last capture."""
    amount_refunded_minor = models.BigIntegerField(default=0)
    """Sent back or on its way back: it is taken before the provider is asked, so it is never too much."""
    amount_disputed_minor = models.BigIntegerField(default=0)
    """With a buyer's bank, for now or for good: it cannot be sent back a second time."""
    status = models.CharField(max_length=12, choices=_choices(PaymentStatus), default=PaymentStatus.NEW.value)
    refusal = models.CharField(max_length=64, blank=True, default="")
    last_error = models.CharField(max_length=500, blank=True, default="")
    last_failure = models.CharField(max_length=255, blank=True, default="")
    """The provider's id of the last declined attempt that was announced."""
    checks = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=clock.now)
    """When to ask the provider again if no webhook came; of no meaning in a final status."""
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    authorized_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "due"], name="payments_payment_due"),
            models.Index(fields=["succeeded_at"], name="payments_succeeded"),
            models.Index(fields=["-created_at", "-order_id"], name="payments_newest"),
            models.Index(fields=["status", "-created_at", "-order_id"], name="payments_of_status"),
            models.Index(fields=["method", "-created_at", "-order_id"], name="payments_of_method"),
            models.Index(fields=["method", "status", "-created_at", "-order_id"], name="payments_of_both"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payments_amount_not_negative"),
            models.CheckConstraint(condition=Q(amount_received_minor__gte=0), name="payments_received_not_negative"),
            models.CheckConstraint(condition=Q(amount_refunded_minor__gte=0), name="payments_refunded_not_negative"),
            models.CheckConstraint(
                condition=Q(capture_minor__gte=0, capture_minor__lte=F("authorized_minor")),
                name="payments_captured_not_too_much",
            ),
            models.CheckConstraint(
                condition=Q(amount_refunded_minor__lte=F("amount_received_minor")),
                name="payments_refunded_not_too_much",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number or self.order_id}: {self.status}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def amount_received(self) -> Money:
        return Money(self.amount_received_minor, self.currency)

    @property
    def amount_authorized(self) -> Money:
        return Money(self.authorized_minor, self.currency)

    @property
    def amount_capturable(self) -> Money:
        """What is still set aside; nothing of what was let go."""
        aside = self.authorized_minor if self.status == PaymentStatus.AUTHORIZED else self.amount_received_minor
        return Money(aside - self.amount_received_minor, self.currency)

    def as_contract(self) -> contracts.Payment:
        """What others may know of it."""
        return contracts.Payment(
            order_id=self.order_id,
            status=PaymentStatus(self.status),
            amount=self.amount,
            provider=self.provider,
            provider_reference=self.provider_reference,
            amount_received=self.amount_received,
            amount_authorized=self.amount_authorized,
            amount_refunded=Money(self.amount_refunded_minor, self.currency),
            last_error=self.last_error,
            letting_go=self.status == PaymentStatus.AUTHORIZED and self.void_id is not None,
            let_go=self.void_id is not None and self.status in ENDED and self.amount_received < self.amount_authorized,
            lapsed=bool(self.lapsed),
            promised=self.promise_number or 0 if self.promised and self.status == PaymentStatus.AUTHORIZED else 0,
        )


class Refund(models.Model):
    """Money that goes back; the row is written before the provider is asked."""

    refund_id = models.UUIDField(primary_key=True, db_column="_id")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    method = models.CharField(max_length=16, choices=_choices(PaymentMethod), default=PaymentMethod.CARD.value)
    """Its payment's: one by bank transfer waits for finance, not for a provider."""
    provider_reference = models.CharField(max_length=255, blank=True, default="")
    key_number = models.PositiveIntegerField(default=1)
    key_since = models.DateTimeField(default=clock.now)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=12, choices=_choices(RefundStatus), default=RefundStatus.PENDING.value)
    last_error = models.CharField(max_length=500, blank=True, default="")
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "due"], name="payments_refund_due"),
            models.Index(fields=["succeeded_at"], name="payments_refund_succeeded"),
            models.Index(fields=["-created_at", "-refund_id"], name="payments_refund_newest"),
            models.Index(fields=["status", "-created_at", "-refund_id"], name="payments_refund_of_status"),
            models.Index(fields=["method", "-created_at", "-refund_id"], name="payments_refund_of_method"),
            models.Index(fields=["method", "status", "-created_at", "-refund_id"], name="payments_refund_of_both"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="payments_refund_not_negative")
        ]

    def __str__(self) -> str:
        return f"{Money(self.amount_minor, self.currency)}, {self.status}"

    def as_contract(self) -> contracts.Refund:
        """What others may know of it."""
        return contracts.Refund(
            refund_id=self.refund_id,
            order_id=self.payment_id,
            amount=Money(self.amount_minor, self.currency),
            reason=self.reason,
            status=RefundStatus(self.status),
        )
