"""Carts for staff: to look at, never to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from shop.staff import CurrencyFilter, SearchById, money, row_link

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
    fields = ("sku", "name", "quantity", "seen_price")
    readonly_fields = ("seen_price",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the cart, which knows the currency."""
        return super().get_queryset(request).select_related("cart")

    @admin.display(description="Price last seen")
    def seen_price(self, line: CartLine) -> str:
        return money(line.seen_minor, line.cart.currency)


@admin.register(Cart)
class CartAdmin(ReadOnly, SearchById, ModelAdmin):
    list_display = ("id", "status", "currency", "order", "updated_at", "expires_at")
    list_filter = ("status", CurrencyFilter)
    search_fields = ("id", "order_id")
    search_help_text = "Id of the cart or of its order, as a whole."
    fields = ("id", "status", "currency", "order", "customer_id", "revision", "created_at", "updated_at", "expires_at")
    readonly_fields = ("order",)
    ordering = ("-updated_at",)
    show_full_result_count = False
    inlines = (LineInline,)

    @admin.display(description="Order", ordering="order_id")
    def order(self, cart: Cart) -> str:
        return row_link("orders.order", cart.order_id)
