"""A product's page for those who may only look at it: what the form says in fields stands here as text."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join

from apps.catalog.models import Product, ProductTag, Variant
from apps.catalog.rules import videos_of

from .forms import standing
from .typed import type_facts

PRODUCT = (
    *("product_type", "name", "slug", "status", "category", "brand", "its_tags", "tax_class", "description"),
    *("its_attributes", "its_videos", "seo_title", "seo_description"),
)
VARIANT = ("sku", "its_options", "position", "its_prices")


class ShownProduct:
    """Mixed into the admin of products."""

    @admin.display(description="Tags", empty_value="-")
    def its_tags(self, product: Product) -> str:
        rows = ProductTag.objects.filter(product_id=product.pk).select_related("tag").order_by("tag__name")
        return ", ".join(row.tag.name for row in rows)

    @admin.display(description="Attributes of its type", empty_value="-")
    def its_attributes(self, product: Product) -> str:
        rules = type_facts(product.product_type_id).attributes
        names = {rule.code: f"{rule.name} ({rule.unit})" if rule.unit else rule.name for rule in rules}
        found = [(names.get(code, code), _words(value)) for code, value in product.attributes.items()]
        return format_html_join("", "{}: {}<br>", found)

    @admin.display(description="Videos", empty_value="-")
    def its_videos(self, product: Product) -> str:
        return format_html_join("", "{} {}<br>", [(one.url, one.title) for one in videos_of(product.videos)])


class ShownVariant:
    """Mixed into its table of variants."""

    @admin.display(description="Options", empty_value="-")
    def its_options(self, variant: Variant) -> str:
        return ", ".join(f"{name}: {value}" for name, value in variant.options.items())

    @admin.display(description="Prices", empty_value="not sold")
    def its_prices(self, variant: Variant) -> str:
        return ", ".join(str(money) for money in standing(variant))


def only_looks(page: Any, request: HttpRequest, obj: Any) -> bool:
    """Whether this person may see what is there, and not change it."""
    return obj is not None and not page.has_change_permission(request, obj)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
