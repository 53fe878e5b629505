"""The category tree: a parent for people, a materialised path for reads of a whole subtree."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models

from shop.db.fields import UUID7Field
from shop.ids import uuid7

MAX_DEPTH = 64
_STEP = 33  # 32 hex digits of an id and one slash


class Category(models.Model):
    """A node of the tree. `path` is the ids from the root down to itself: "<hex>/<hex>/"."""

    id = UUID7Field(primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    position = models.IntegerField(default=0, help_text="Order among siblings, smallest first.")
    path = models.CharField(max_length=MAX_DEPTH * _STEP, unique=True, editable=False)
    description = models.TextField(blank=True, default="", max_length=20_000)
    seo_title = models.CharField("SEO title", max_length=200, blank=True, default="")
    seo_description = models.CharField("SEO description", max_length=400, blank=True, default="")
    revision = models.PositiveIntegerField(default=1, editable=False)
    touched = models.UUIDField(default=uuid7, editable=False)
    """Written by whoever comes to stand here, so that a removal at the same moment finds out."""

    class Meta:
        verbose_name_plural = "categories"
        ordering = ("path",)

    def __str__(self) -> str:
        return self.name

    @property
    def depth(self) -> int:
        """1 for a root."""
        return len(self.path) // _STEP

    def path_under(self, parent: Category | None) -> str:
        """The path that this node has below `parent`."""
        return f"{parent.path if parent else ''}{self.pk.hex}/"

    def line(self) -> tuple[UUID, ...]:
        """The ids of its ancestors and itself, root first."""
        return tuple(UUID(step) for step in self.path.split("/") if step)

    def subtree(self) -> models.QuerySet[Category]:
        """Itself and everything below, as one range of the path's index ("0" follows "/")."""
        return Category.objects.filter(path__gte=self.path, path__lt=f"{self.path[:-1]}0")


class Tree(models.Model):
    """One row that every change of the tree's shape writes: two moves at once must not tie a knot together."""

    ONLY: ClassVar = "categories"

    id = models.CharField(primary_key=True, db_column="_id", max_length=20, default=ONLY)
    turn = models.UUIDField(default=uuid7)

    def __str__(self) -> str:
        return self.id
