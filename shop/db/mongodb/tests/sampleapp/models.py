"""Models with one of everything that the engine promises something about; their keys need nothing from the shop."""
# ruff: noqa: DJ001  # NULL in text columns is a case of its own here

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q


def key() -> Any:
    """A primary key in MongoDB's own column."""
    return models.UUIDField(primary_key=True, db_column="_id", default=uuid.uuid4, editable=False)


class Sample(models.Model):
    objects: ClassVar[Any] = models.Manager()

    class Meta:
        abstract = True
        app_label = "sampleapp"  # also where it is not installed, so that no other app takes the models for its own


class Category(Sample):
    id = key()
    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")


class Tag(Sample):
    id = key()
    name = models.CharField(max_length=50, unique=True)


class Product(Sample):
    id = key()
    name = models.CharField(max_length=200, db_index=True)
    sku = models.CharField(max_length=64, unique=True)
    ean = models.CharField(max_length=13, unique=True, null=True, default=None)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products")
    tags = models.ManyToManyField(Tag, blank=True, related_name="products", through="Tagging")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    attrs = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta(Sample.Meta):
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["category", "created_at"], name="sample_cat_created")]


class Tagging(Sample):
    id = key()
    product = models.ForeignKey(Product, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)

    class Meta(Sample.Meta):
        constraints = [models.UniqueConstraint(fields=["product", "tag"], name="sample_tagging_once")]


class Stock(Sample):
    product = models.OneToOneField(Product, models.CASCADE, related_name="stock", primary_key=True, db_column="_id")
    available = models.IntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    received = models.IntegerField(null=True, default=None)

    class Meta(Sample.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(available__gte=0), name="sample_stock_not_negative"),
            models.CheckConstraint(condition=Q(received__gte=F("available") + F("held")), name="sample_stock_adds_up"),
        ]


class Review(Sample):
    id = key()
    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    stars = models.SmallIntegerField()
    text = models.TextField(blank=True)


class Payment(Sample):
    id = key()
    order_id = models.UUIDField()
    status = models.CharField(max_length=10, default="new")
    amount = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True, default=None)

    class Meta(Sample.Meta):
        constraints = [
            models.UniqueConstraint(fields=["order_id"], condition=Q(status="captured"), name="sample_captured_once"),
            models.CheckConstraint(condition=Q(status__in=["new", "captured", "failed"]), name="sample_status_known"),
            models.CheckConstraint(
                condition=~Q(status="captured") | Q(paid_at__isnull=False), name="sample_captured_has_time"
            ),
        ]
