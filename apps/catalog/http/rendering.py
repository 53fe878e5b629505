"""What staff and readers are answered, as plain data, and how it looks in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.catalog.models import Attribute, Brand, Option, Product, ProductType, Tag, Variant
from apps.catalog.queries import StaffProduct, VariantPrices
from apps.catalog.rules import videos_of
from shop.http.schema import example
from shop.http.serializers import MoneyField, page_of
from shop.money import Money

from .bodies import PRICES_EXAMPLE, PRODUCT_EXAMPLE, TYPE_EXAMPLE, AttributeBody, OptionBody, SaleBody, VideoBody

_ID = "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11"
_AT = "2026-11-01T09:30:00Z"


BRAND_EXAMPLE = {"id": _ID, "slug": "harbour", "name": "Harbour", "description": "A pottery.", "revision": 1}
TAG_EXAMPLE = {"id": _ID, "slug": "gift", "name": "Gift", "revision": 1}


@example(BRAND_EXAMPLE)
class BrandAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()


@example(TAG_EXAMPLE)
class TagAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    revision = serializers.IntegerField()


BrandPage = page_of(BrandAnswer)
TagPage = page_of(TagAnswer)


def render_brand(brand: Brand) -> dict[str, Any]:
    """A brand as it is answered."""
    return {**render_tag(brand), "description": brand.description}


def render_tag(tag: Tag | Brand) -> dict[str, Any]:
    """A tag as it is answered."""
    return {"id": tag.pk, "slug": tag.slug, "name": tag.name, "revision": tag.revision}


@example({**TYPE_EXAMPLE, "revision": 1})
class ProductTypeAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    attributes = AttributeBody(many=True)
    options = OptionBody(many=True)
    revision = serializers.IntegerField()


ProductTypePage = page_of(ProductTypeAnswer)


def render_product_type(found: ProductType) -> dict[str, Any]:
    """A product type with its attributes and options."""
    return {
        "code": found.code,
        "name": found.name,
        "attributes": [_attribute(row) for row in found.attributes.all()],
        "options": [_option(row) for row in found.options.all()],
        "revision": found.revision,
    }


def _attribute(row: Attribute) -> dict[str, Any]:
    names = ("code", "name", "kind", "unit", "choices", "required", "filterable")
    return {name: getattr(row, name) for name in names}


def _option(row: Option) -> dict[str, Any]:
    return {"code": row.code, "name": row.name, "values": row.values}


class _Reference(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()


class _SeoAnswer(serializers.Serializer[Any]):
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)


@example(
    {
        "id": _ID,
        "slug": "mugs",
        "name": "Mugs",
        "description": "To drink from.",
        "position": 0,
        "parent": "kitchen",
        "trail": [{"slug": "kitchen", "name": "Kitchen"}, {"slug": "mugs", "name": "Mugs"}],
        "children": [],
        "seo": {"title": "Mugs for every day", "description": "To drink from."},
        "revision": 1,
    }
)
class CategoryAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField()
    parent = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # DRF's own name
    trail = _Reference(many=True, help_text="From the root to itself.")
    children = _Reference(many=True)
    seo = _SeoAnswer()
    revision = serializers.IntegerField()


_ROW_EXAMPLE = {
    "id": _ID,
    "slug": "mug",
    "name": "Mug",
    "status": "draft",
    "category": "mugs",
    "product_type": "drinkware",
    "brand": "harbour",
    "available": False,
    "revision": 1,
    "updated_at": _AT,
}
_VARIANT_EXAMPLE = {
    "sku": "MUG-BLUE",
    "options": {"color": "blue"},
    "position": 0,
    "prices": [{"amount": 1500, "currency": "EUR"}],
}


@example(_ROW_EXAMPLE)
class StaffProductRowAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    status = serializers.CharField(help_text="draft or published.")
    category = serializers.CharField()
    product_type = serializers.CharField(allow_null=True)
    brand = serializers.CharField(allow_null=True)
    available = serializers.BooleanField()
    revision = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


StaffProductPage = page_of(StaffProductRowAnswer)


@example(_VARIANT_EXAMPLE)
class VariantAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    options = serializers.DictField(child=serializers.CharField())
    position = serializers.IntegerField()
    prices = serializers.ListField(child=MoneyField(), help_text="The standing ones.")


@example({"data": [_VARIANT_EXAMPLE]})
class VariantsAnswer(serializers.Serializer[Any]):
    data = VariantAnswer(many=True)  # type: ignore[assignment]  # DRF's own name


@example({**_ROW_EXAMPLE, **PRODUCT_EXAMPLE, "variants": [_VARIANT_EXAMPLE], "created_at": _AT})
class StaffProductAnswer(StaffProductRowAnswer):
    description = serializers.CharField(allow_blank=True)
    attributes = serializers.DictField(child=serializers.JSONField())
    tags = serializers.ListField(child=serializers.CharField())
    tax_class = serializers.CharField()
    seo_title = serializers.CharField(allow_blank=True)
    seo_description = serializers.CharField(allow_blank=True)
    videos = VideoBody(many=True)
    variants = VariantAnswer(many=True)
    created_at = serializers.DateTimeField()


def render_row(product: Product) -> dict[str, Any]:
    """A line of the staff's list."""
    return {
        "id": product.pk,
        "slug": product.slug,
        "name": product.name,
        "status": product.status,
        "category": product.category.slug,
        "product_type": product.product_type_id,
        "brand": product.brand.slug if product.brand else None,
        "available": product.available,
        "revision": product.revision,
        "updated_at": product.updated_at,
    }


def render_staff_product(found: StaffProduct) -> dict[str, Any]:
    """All that staff may change."""
    product = found.product
    return {
        **render_row(product),
        "description": product.description,
        "attributes": product.attributes,
        "tags": list(found.tags),
        "tax_class": product.tax_class_id,
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
        "videos": [video.kept() for video in videos_of(product.videos)],
        "variants": render_variants(found),
        "created_at": product.created_at,
    }


def render_variants(found: StaffProduct) -> list[dict[str, Any]]:
    """Its variants in their order."""
    return [render_variant(variant, found.standing[variant.pk]) for variant in found.variants]


def render_variant(variant: Variant, standing: list[Money]) -> dict[str, Any]:
    """One variant."""
    return {
        "sku": variant.sku,
        "options": variant.options,
        "position": variant.position,
        "prices": [_money(price) for price in standing],
    }


@example({"sku": "MUG-BLUE", "revision": 1, "current": [{"amount": 1200, "currency": "EUR"}], **PRICES_EXAMPLE})
class PricesAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    revision = serializers.IntegerField()
    current = serializers.ListField(child=MoneyField(), help_text="What counts now.")
    standing = serializers.ListField(child=MoneyField())
    sales = SaleBody(many=True)


def render_prices(found: VariantPrices) -> dict[str, Any]:
    """All prices of a variant."""
    return {
        "sku": found.variant.sku,
        "revision": found.variant.price_revision,
        "current": [{"amount": amount, "currency": code} for code, amount in sorted(found.current.items())],
        "standing": [{"amount": row.amount, "currency": row.currency} for row in found.standing],
        "sales": [
            {
                "price": {"amount": row.amount, "currency": row.currency},
                "starts_at": row.valid_from,
                "ends_at": row.valid_until,
            }
            for row in found.sales
        ],
    }


def _money(price: Money) -> dict[str, Any]:
    return {"amount": price.amount, "currency": price.currency}
