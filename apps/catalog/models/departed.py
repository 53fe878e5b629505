"""Products that were removed, for those who follow the changes of the catalog."""

from __future__ import annotations

from django.db import models

from shop.db.fields import UUID7Field


class Departed(models.Model):
    """A product is gone. Its id sorts among the products' `changed`: together they are the sequence of all changes."""

    id = UUID7Field(primary_key=True)
    product_id = models.UUIDField()

    class Meta:
        verbose_name_plural = "departed"

    def __str__(self) -> str:
        return str(self.product_id)
