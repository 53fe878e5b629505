"""Carts for staff: to look at, never to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from .models import Cart, CartLine

if TYPE_CHECKING:  # the base classes are generic to the type checker only
    Inline = admin.TabularInline[Model, Cart]
    ModelAdmin = admin.ModelAdmin[Cart]
else:
    Inline, ModelAdmin = admin.TabularInline, admin.ModelAdmin


class ReadOnly:
    """Nobody adds, changes or deletes here: carts belong to their buyers."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class LineInline(ReadOnly, Inline):
    model = CartLine
    extra = 0
    fields = ("sku", "name", "quantity", "seen_minor")


@admin.register(Cart)
class CartAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "status", "currency", "order_id", "updated_at")
    list_filter = ("status", "currency")
    search_fields = ("=id", "=order_id")
    ordering = ("-updated_at",)
    show_full_result_count = False
    inlines = (LineInline,)
