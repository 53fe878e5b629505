"""Products as they are kept and as they are served: the rendered documents are columns."""

from __future__ import annotations

from django.db import models

from shop.clock import now
from shop.db.fields import UUID7Field
from shop.ids import uuid7

from .category import Category
from .label import Brand, Tag
from .product_type import ProductType


class Status(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"


def shelf_mark() -> str:
    """A text that sorts after all earlier ones."""
    return uuid7().hex


class Product(models.Model):
    """One thing on sale, in one or more variants.

    `card`, `page` and `page_etag` are the JSON that browsing serves. They are written only by
    services.render_product, in the transaction of the change, and hold no stock numbers.
    """

    id = UUID7Field(primary_key=True)
    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="", max_length=20_000)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products", db_index=False)
    product_type = models.ForeignKey(
        ProductType, models.PROTECT, null=True, blank=True, related_name="products", db_index=False
    )
    attributes = models.JSONField(default=dict, blank=True)
    """Code to value, as rules.attribute_values made them: typed and normalised."""
    brand = models.ForeignKey(Brand, models.PROTECT, null=True, blank=True, related_name="products", db_index=False)
    videos = models.JSONField(null=True, blank=True)
    """As rules.videos keeps them. NULL is none: versions that know of no videos write rows without them."""
    seo_title = models.CharField("SEO title", max_length=200, blank=True, default="")
    seo_description = models.CharField("SEO description", max_length=400, blank=True, default="")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    tax_class = models.ForeignKey("catalog.TaxClass", models.PROTECT, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    shelved = models.CharField(max_length=32, default=shelf_mark, editable=False)
    """UUIDv7 of the latest publication: "newest first" by one unique, indexed value. Text: lists only sort by it."""
    sort_name = models.CharField(max_length=200, editable=False)
    available = models.BooleanField(default=False, editable=False)
    """The coarse flag of the documents: some variant can be bought. Follows the stock within seconds."""
    card = models.TextField(blank=True, default="", editable=False)
    page = models.TextField(blank=True, default="", editable=False)
    page_etag = models.CharField(max_length=40, blank=True, default="", editable=False)
    changed = models.UUIDField(default=uuid7, editable=False, db_index=True)
    """UUIDv7 of the last rendering: what derived indexes catch up by."""
    render_due = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    """When the documents must be made anew, because a price starts or ends or the tree moved."""
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ("-shelved",)
        indexes = (
            models.Index(fields=("status", "-shelved"), name="catalog_product_newest"),
            models.Index(fields=("-shelved", "-id"), name="catalog_product_listed"),
            models.Index(fields=("status", "sort_name", "id"), name="catalog_product_by_name"),
            models.Index(fields=("category", "id"), name="catalog_product_category"),
            models.Index(fields=("brand", "id"), name="catalog_product_brand"),
            models.Index(fields=("product_type", "id"), name="catalog_product_type"),
        )

    def __str__(self) -> str:
        return self.name


class ShelfRow(models.Model):
    """A published product is listed under this category: one row per ancestor of its own category.

    It makes the list of any subtree one range of one index, however deep the tree is.
    """

    id = UUID7Field(primary_key=True)
    category = models.ForeignKey(Category, models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.CASCADE, related_name="shelf_rows")
    shelved = models.CharField(max_length=32)
    sort_name = models.CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("category", "product"), name="catalog_shelf_once"),)
        indexes = (
            models.Index(fields=("category", "-shelved"), name="catalog_shelf_newest"),
            models.Index(fields=("category", "sort_name", "product"), name="catalog_shelf_by_name"),
        )


class ProductTag(models.Model):
    """A product carries a tag."""

    id = UUID7Field(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="product_tags", db_index=False)
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("product", "tag"), name="catalog_tag_once"),)
        indexes = (models.Index(fields=("tag", "product"), name="catalog_tagged"),)


class Variant(models.Model):
    """What is bought: one combination of a product's options, known by its SKU for ever."""

    id = UUID7Field(primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="variants", db_index=False)
    sku = models.CharField(max_length=64, unique=True)
    options = models.JSONField(default=dict, blank=True, help_text='Such as {"color": "blue"}.')
    combination = models.CharField(max_length=40, default="", editable=False)
    """What `options` are, as one short text: see rules.combination."""
    position = models.IntegerField(default=0)
    offer = models.TextField(blank=True, default="", editable=False)
    """What get_offers needs, rendered; empty while the product is not published."""
    price_revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ("position", "sku")
        constraints = (models.UniqueConstraint(fields=("product", "combination"), name="catalog_combination_once"),)

    def __str__(self) -> str:
        return self.sku
