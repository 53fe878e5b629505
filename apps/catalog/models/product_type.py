"""What all products of a kind have in common: which attributes describe them, which options they come in."""

from __future__ import annotations

from django.db import models

from apps.catalog.rules import Kind
from shop.db.fields import UUID7Field
from shop.ids import uuid7


class ProductType(models.Model):
    """A kind of product. Its products state its attributes, their variants combine its options."""

    code = models.SlugField(primary_key=True, db_column="_id", max_length=60)
    name = models.CharField(max_length=200)
    revision = models.PositiveIntegerField(default=1, editable=False)
    touched = models.UUIDField(default=uuid7, editable=False)
    """Written by every product that takes it, so that a change at the same moment finds out."""

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Attribute(models.Model):
    """One thing that is stated of every product of a type. A code means the same in all types that have it."""

    id = UUID7Field(primary_key=True)
    product_type = models.ForeignKey(ProductType, models.CASCADE, related_name="attributes", db_index=False)
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value.replace("_", " ")) for kind in Kind])
    unit = models.CharField(max_length=20, blank=True, default="", help_text="Of a number, such as cm.")
    choices = models.JSONField(default=list, blank=True)
    """The texts that a choice may be, in the order in which they are shown."""
    required = models.BooleanField(default=False)
    filterable = models.BooleanField(default=False)
    """Search offers it as a facet."""
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ("position", "code")
        constraints = (models.UniqueConstraint(fields=("product_type", "code"), name="catalog_attribute_once"),)

    def __str__(self) -> str:
        return self.name


class Option(models.Model):
    """One thing that tells the variants of a product apart, with the values that it may have."""

    id = UUID7Field(primary_key=True)
    product_type = models.ForeignKey(ProductType, models.CASCADE, related_name="options", db_index=False)
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    values = models.JSONField(default=list)
    """The allowed texts, in the order in which they are shown."""
    position = models.IntegerField(default=0)

    class Meta:
        ordering = ("position", "code")
        constraints = (models.UniqueConstraint(fields=("product_type", "code"), name="catalog_option_once"),)

    def __str__(self) -> str:
        return self.name
