"""What a variant costs: price lists, prices that may start and end, and tax classes."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.catalog.rules import SINCE_EVER
from shop.db.fields import UUID7Field

from .product import Variant

__all__ = ["DEFAULT_PRICE_LIST", "SINCE_EVER", "Price", "PriceList", "TaxClass"]

DEFAULT_PRICE_LIST = "default"


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
    """One amount in one currency. Of several valid ones, the one that started last counts.

    The one that is valid since ever and for ever is the standing price; the others are scheduled.
    """

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
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")), name="catalog_price_period"
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"
