"""Where something was found before its slug changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from shop.clock import now

from .category import Category
from .product import Product


class Redirect(models.Model):
    """An old slug and who had it. It points at the row, not at a slug, so that no chain comes to be.

    The slug itself is the key: "products/old-mug". Whoever takes an old slug for itself removes the row.
    """

    path = models.CharField(primary_key=True, db_column="_id", max_length=140)
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="redirects")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="redirects")
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ("path",)
        constraints = (
            models.CheckConstraint(
                condition=Q(product__isnull=False, category__isnull=True)
                | Q(product__isnull=True, category__isnull=False),
                name="catalog_redirect_target",
            ),
        )

    def __str__(self) -> str:
        return self.path
