"""What buyers send back: the return, moved along its own table of states, and its lines."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.orders.contracts import Condition, ReturnReason, ReturnStatus
from shop import clock
from shop.db.fields import UUID7Field

from .order import Order, OrderLine


def _choices(values: type[ReturnReason | ReturnStatus | Condition]) -> list[tuple[str, str]]:
    return [(one.value, one.value.replace("_", " ")) for one in values]


class Return(models.Model):
    """One return of one order; its id is that of the request that asked for it."""

    id = UUID7Field(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="returns")
    state = models.CharField(max_length=12, choices=_choices(ReturnStatus), default=ReturnStatus.REQUESTED)
    revision = models.IntegerField(default=0)
    due = models.DateTimeField(null=True, blank=True, db_index=True)
    """When what came back must be put on the shelf; null is never."""
    attempts = models.IntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    reason = models.CharField(max_length=20, choices=_choices(ReturnReason))
    text = models.CharField(max_length=1000, blank=True, default="")
    """In the buyer's words."""
    answer = models.CharField(max_length=500, blank=True, default="")
    """What staff answered when they authorised, rejected or closed it."""
    actor = models.CharField(max_length=80)
    """Who asked for it."""
    refund_id = models.UUIDField(null=True, blank=True)
    shipping_refunded = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)
    received_at = models.DateTimeField(null=True, blank=True)
    restock_id = models.UUIDField(null=True, blank=True)
    """The key by which catalog puts it on the shelf once; made when it came."""

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="order_return_state"),
            models.Index(fields=["order", "id"], name="order_return_of_order"),
            models.Index(fields=["-created_at", "-id"], name="order_return_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="order_return_of_state"),
        ]
        constraints = [
            models.CheckConstraint(
                name="order_return_state_known", condition=Q(state__in=[state.value for state in ReturnStatus])
            )
        ]

    def __str__(self) -> str:
        return f"Return, {self.state}"

    @property
    def status(self) -> ReturnStatus:
        """The state as the enum."""
        return ReturnStatus(self.state)


class ReturnLine(models.Model):
    """So many of one line of the order are to come back, and so many came."""

    id = UUID7Field(primary_key=True)
    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="+")
    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=300)
    quantity = models.IntegerField()
    received = models.IntegerField(default=0)
    condition = models.CharField(max_length=10, choices=_choices(Condition), blank=True, default="")
    restock = models.BooleanField(default=False)
    location = models.CharField(max_length=40, blank=True, default="")
    """Where it was put on the shelf; empty for where it was sold from."""

    class Meta:
        constraints = [
            models.UniqueConstraint(name="order_return_line_once_per_sku", fields=["returned", "sku"]),
            models.CheckConstraint(
                name="order_return_line_counts",
                condition=Q(quantity__gte=1) & Q(received__gte=0) & Q(received__lte=F("quantity")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.sku}"
