"""A change that many products show: which ones, and how far their documents have followed."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from shop.clock import now
from shop.db.fields import UUID7Field

NOWHERE = UUID(int=0)


class Ripple(models.Model):
    """A category, brand, tag or type changed. A job renders its products batch by batch, in the order of their ids."""

    class Of(models.TextChoices):
        CATEGORY = "category"
        BRAND = "brand"
        TAG = "tag"
        PRODUCT_TYPE = "product_type"

    id = UUID7Field(primary_key=True)
    of = models.CharField(max_length=12, choices=Of.choices)
    target = models.CharField(max_length=60)
    """The id or code of what changed."""
    after = models.UUIDField(default=NOWHERE)
    """The last product that has followed."""
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.of} {self.target}"
