"""Brands and tags: what products are called by beside their category."""

from __future__ import annotations

from django.db import models

from shop.db.fields import UUID7Field
from shop.ids import uuid7


class Brand(models.Model):
    """Who makes it."""

    id = UUID7Field(primary_key=True)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="", max_length=20_000)
    revision = models.PositiveIntegerField(default=1, editable=False)
    touched = models.UUIDField(default=uuid7, editable=False)
    """Written by every product that takes it, so that a removal at the same moment finds out."""

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that gathers products across categories: "gift", "new-arrival"."""

    id = UUID7Field(primary_key=True)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    revision = models.PositiveIntegerField(default=1, editable=False)
    touched = models.UUIDField(default=uuid7, editable=False)
    """As a brand's."""

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name
