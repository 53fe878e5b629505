"""Stock, the ledger that explains it, and the holds of orders."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q

from apps.catalog.contracts import HoldState, Reservation
from shop.clock import now
from shop.db.fields import UUID7Field

MAIN_LOCATION = "main"


class StockLocation(models.Model):
    """A place that holds stock. Orders are filled from `main` first, then by position."""

    code = models.SlugField(primary_key=True, db_column="_id", max_length=40)
    name = models.CharField(max_length=100)
    position = models.IntegerField(default=0)
    active = models.BooleanField(default=True)
    """An inactive one keeps what it has and fills no new orders."""
    revision = models.PositiveIntegerField(default=1, editable=False)
    shelves = models.PositiveIntegerField(default=0, editable=False)
    """Stock rows made here, counted so that one cannot be made while the location is being deleted."""

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name


class Stock(models.Model):
    """The units of one SKU at one location. Only services.ledger changes the numbers."""

    id = UUID7Field(primary_key=True)
    sku = models.CharField(max_length=64)
    location = models.ForeignKey(StockLocation, models.PROTECT, related_name="+", db_index=False)
    available = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    sold = models.IntegerField(default=0)
    sellable = models.BooleanField(default=False)
    """The product is published: part of the reservation's condition, so that it costs no read."""
    open = models.BooleanField(default=True)
    """The location is active: the same for the same reason."""

    class Meta:
        verbose_name_plural = "stock"
        ordering = ("sku", "location_id")
        constraints = (
            models.UniqueConstraint(fields=("sku", "location"), name="catalog_stock_once"),
            models.CheckConstraint(condition=Q(available__gte=0), name="catalog_stock_available"),
            models.CheckConstraint(condition=Q(held__gte=0), name="catalog_stock_held"),
            models.CheckConstraint(condition=Q(sold__gte=0), name="catalog_stock_sold"),
        )
        indexes = (models.Index(fields=("location", "open"), name="catalog_stock_settling"),)

    def __str__(self) -> str:
        return self.sku


class StockLevel(models.Model):
    """Whether a SKU runs low, all active locations together. Without a row: the usual threshold, and not low."""

    sku = models.CharField(primary_key=True, db_column="_id", max_length=64)
    threshold = models.PositiveIntegerField(null=True, blank=True)
    """Low at so many units or fewer; null for settings.LOW_STOCK_THRESHOLD."""
    low = models.BooleanField(default=False)
    since = models.DateTimeField(default=now)
    """When `low` changed last."""

    class Meta:
        ordering = ("sku",)
        indexes = (models.Index(fields=("low", "sku"), name="catalog_level_low"),)

    def __str__(self) -> str:
        return self.sku


class StockWatch(models.Model):
    """How far the look-out for low stock has come. One row."""

    id = models.CharField(primary_key=True, db_column="_id", max_length=20)
    seen = models.DateTimeField()
    """The ledger has been read up to here."""
    walked = models.CharField(max_length=64, blank=True, default="")
    """The SKU that the slow walk over all stock came to last."""


class MovementKind(models.TextChoices):
    RECEIVE = "receive"
    HOLD = "hold"
    RELEASE = "release"
    SELL = "sell"
    RESTOCK = "restock"
    ADJUST = "adjust"
    TRANSFER = "transfer"
    RETURNED = "returned"


class LedgerIsAppendOnly(TypeError):
    """A movement is never changed or removed: a mistake is corrected by another movement."""


class MovementQuerySet(models.QuerySet["StockMovement"]):
    """Reads and appends."""

    def update(self, **_values: Any) -> NoReturn:
        raise LedgerIsAppendOnly

    def delete(self) -> NoReturn:
        raise LedgerIsAppendOnly

    def bulk_update(self, *_args: Any, **_options: Any) -> NoReturn:
        raise LedgerIsAppendOnly


class StockMovement(models.Model):
    """One line of the ledger. The sums over a SKU and location equal its stock row."""

    id = UUID7Field(primary_key=True)
    sku = models.CharField(max_length=64)
    # DO_NOTHING, as looking for lines of a location would read the whole ledger: delete_location asks by SKU.
    location = models.ForeignKey(StockLocation, models.DO_NOTHING, related_name="+", db_index=False)
    available_delta = models.IntegerField(default=0)
    held_delta = models.IntegerField(default=0)
    sold_delta = models.IntegerField(default=0)
    kind = models.CharField(max_length=12, choices=MovementKind.choices)
    reference = models.CharField(max_length=200, help_text="The order's id, or the reason in words.")
    actor = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=now)

    objects = MovementQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("sku", "-id"), name="catalog_movement_newest"),
            models.Index(fields=("sku", "kind", "-id"), name="catalog_movement_by_kind"),
            models.Index(fields=("reference",), name="catalog_movement_reference"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.sku}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerIsAppendOnly
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        raise LedgerIsAppendOnly


class Hold(models.Model):
    """The stock of one order. A released row without lines is a tombstone: it forbids a late hold."""

    order_id = models.UUIDField(primary_key=True, db_column="_id")
    lines = models.JSONField(default=list)
    """[[sku, location, quantity], ...] in the order in which stock is taken."""
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in HoldState])
    lapsed = models.BooleanField(default=False)
    """Released by the safety net, not by the order: the commit may take the stock again."""
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = (models.Index(fields=("state", "expires_at"), name="catalog_hold_expiry"),)

    def __str__(self) -> str:
        return str(self.order_id)

    def answer(self) -> Reservation:
        """The hold as others see it."""
        return Reservation(order_id=self.order_id, state=HoldState(self.state), expires_at=self.expires_at)

    def move_to(self, to: HoldState, *, lapsed: bool = False) -> bool:
        """Compare-and-set on the state that was read. False if another was faster: look again."""
        mine = Hold.objects.filter(pk=self.pk, state=self.state, lapsed=self.lapsed)
        if not mine.update(state=to.value, lapsed=lapsed):
            return False
        self.state, self.lapsed = to.value, lapsed
        return True
