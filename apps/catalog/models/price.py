"""What a variant costs: price lists, prices that may start and end, and tax classes."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from shop.db.fields import UUID7Field

from .product import Variant

DEFAULT_PRICE_LIST = "default"
SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""`valid_from` of a price without a start: a value, because null would slip past the unique index."""


class TaxClass(models.Model):
    """How a product is taxed. The rates of a class belong to the cart's rules, not to the catalog."""

    code = models.SlugField(primary_key=True, db_column="_id", max_length=40)
    name = models.CharField(max_length=100)

    class Meta:
        verbose_name_plural = "tax classes"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class PriceList(models.Model):
    """A set of prices, for a group of buyers. For now everybody buys from `default`."""

    code = models.SlugField(primary_key=True, db_column="_id", max_length=40)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """One amount in one currency. Of several valid ones, the one that started last counts."""

    id = UUID7Field(primary_key=True)
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="prices", db_index=False)
    price_list = models.ForeignKey(PriceList, models.PROTECT, default=DEFAULT_PRICE_LIST, db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField(help_text="Whole minor units: 1200 is EUR 12.00 or JPY 1200.")
    valid_from = models.DateTimeField(default=SINCE_EVER)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("currency", "valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("variant", "price_list", "currency", "valid_from"), name="catalog_price_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="catalog_price_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
