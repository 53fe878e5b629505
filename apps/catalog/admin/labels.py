"""Brands, tags, and the old slugs that still lead somewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.catalog.models import Brand, Redirect, Tag
from apps.catalog.services.save_label import change_label, create_label, delete_label

from .base import ReadOnlyAdmin, ServiceAdmin


class LabelAdmin(ServiceAdmin):
    """What brands and tags have in common."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    search_help_text = "Part of the name or slug."
    prepopulated_fields = {"slug": ("name",)}
    columns: ClassVar[tuple[str, ...]] = ("name", "slug")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:  # noqa: ARG002  # Django's signature
        columns = {name: form.cleaned_data[name] for name in self.columns}
        if change:
            change_label(self.model, label_id=obj.pk, columns=columns)
        else:
            create_label(self.model, label_id=obj.pk, columns=columns)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:  # noqa: ARG002
        delete_label(self.model, label_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002
        for label in queryset:
            delete_label(self.model, label_id=label.pk)


@admin.register(Brand)
class BrandAdmin(LabelAdmin):
    """Who makes it."""

    columns = fields = ("name", "slug", "description")


@admin.register(Tag)
class TagAdmin(LabelAdmin):
    """Words across categories."""

    fields = ("name", "slug")


@admin.register(Redirect)
class RedirectAdmin(ReadOnlyAdmin):
    """They come by themselves when a slug changes, and go when another takes it."""

    list_display = ("path", "leads_to", "created_at")
    list_select_related = ("product", "category")
    search_fields = ("path",)
    search_help_text = "The old slug, such as products/mug."
    fields = ("path", "leads_to", "created_at")
    readonly_fields = fields

    @admin.display(description="leads to")
    def leads_to(self, redirect: Redirect) -> str:
        """The present slug."""
        target = redirect.product or redirect.category
        return f"{redirect.path.partition('/')[0]}/{target.slug}" if target else ""
