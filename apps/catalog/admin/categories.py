"""The tree."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.catalog.models import Category, PriceList, TaxClass
from apps.catalog.services.save_category import CategoryDraft, delete_category, save_category

from .base import ReadOnlyAdmin, ServiceAdmin


@admin.register(Category)
class CategoryAdmin(ServiceAdmin):
    """Shown as the tree that it is."""

    list_display = ("indented", "slug", "position")
    search_fields = ("name", "slug")
    search_help_text = "Part of the name or slug."
    list_per_page = 200
    fieldsets = (
        (None, {"fields": ("name", "slug", "parent", "position", "description")}),
        ("Search engines", {"fields": ("seo_title", "seo_description"), "classes": ("collapse",)}),
    )
    prepopulated_fields = {"slug": ("name",)}
    autocomplete_fields = ("parent",)
    actions = None

    @admin.display(description="category")
    def indented(self, category: Category) -> str:
        """The name, further in the deeper it stands."""
        return "\u2003" * (category.depth - 1) + category.name

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: Any) -> None:  # noqa: ARG002
        names = ("slug", "name", "parent_id", "position", "description", "seo_title", "seo_description")
        draft = CategoryDraft(**{name: getattr(obj, name) for name in names})
        save_category(category_id=obj.pk, draft=draft)

    def delete_model(self, request: HttpRequest, obj: Category) -> None:  # noqa: ARG002
        delete_category(category_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002
        for category in queryset.order_by("-path"):
            delete_category(category_id=category.pk)


@admin.register(PriceList, TaxClass)
class BasicsAdmin(ReadOnlyAdmin):
    """One of each, for now."""

    list_display = ("code", "name")
