"""Pictures: what a product shows, the sizes made of it, and the files that nobody owns."""

from __future__ import annotations

from django.db import models

from shop.clock import now
from shop.db.fields import UUID7Field

from .product import Product


class PictureState(models.TextChoices):
    PENDING = "pending", "sizes are being made"
    READY = "ready", "ready"
    FAILED = "failed", "sizes could not be made"


class Picture(models.Model):
    """A picture of a product, in Django's storage. Its file is clean: decoded and written anew by services.ingest.

    The names of files are never used twice, so that whoever has one may keep it for ever.
    """

    id = UUID7Field(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="pictures")
    file = models.FileField(max_length=200)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size = models.PositiveIntegerField(default=0, editable=False)
    """Bytes of the file."""
    alt = models.CharField(max_length=200, blank=True, default="")
    position = models.IntegerField(default=0)
    renditions = models.JSONField(default=list, editable=False)
    """[[width, height, name], ...], smallest first: the same picture as WebP, for screens of all sizes."""
    state = models.CharField(max_length=12, choices=PictureState.choices, default=PictureState.PENDING, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    problem = models.CharField(max_length=200, blank=True, default="", editable=False)
    """Why the last attempt to make sizes failed."""
    due = models.DateTimeField(null=True, default=now, editable=False, db_index=True)
    """When a worker makes the sizes, or tries again; null when there is nothing to do."""

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.alt or self.file.name or ""


class StrayFile(models.Model):
    """A file in the storage that no picture owns: not yet, or not any more. It is removed when it is due.

    The row is written before the file and goes with the transaction that gives the file an owner. So a crash
    between the two leaves no file behind, and nobody has to list the storage.
    """

    name = models.CharField(primary_key=True, db_column="_id", max_length=200)
    due = models.DateTimeField(db_index=True)
    removing = models.BooleanField(default=False)
    """A worker has begun to remove it: no picture can own it now."""
    attempts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
