"""Carts for staff: to look at, never to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from shop.errors import DomainError, Unavailable
from shop.staff import EMPTY, CurrencyFilter, ReadOnly, SearchById, money, row_link

from .contracts import Quote
from .models import Cart, CartLine
from .queries import get_quote

if TYPE_CHECKING:  # the base classes are generic to the type checker only
    Inline = admin.TabularInline[Model, Cart]
    ModelAdmin = admin.ModelAdmin[Cart]
else:
    Inline, ModelAdmin = admin.TabularInline, admin.ModelAdmin


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
        return money(line.seen_minor, line.seen_currency or line.cart.currency)


@admin.register(Cart)
class CartAdmin(ReadOnly, SearchById, ModelAdmin):
    list_display = ("created_at", "status", "currency", "owner", "order", "updated_at", "expires_at")
    list_filter = ("status", CurrencyFilter)
    search_fields = ("id", "customer_id", "order_id")
    search_help_text = "Id of the cart, of its customer or of its order, as a whole."
    fields = (
        ("id", "status", "revision"),
        ("owner", "order", "merged"),
        ("currency", "value_now", "problems_now"),
        ("created_at", "updated_at", "expires_at"),
    )
    readonly_fields = ("owner", "order", "merged", "value_now", "problems_now")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (LineInline,)

    @admin.display(description="Order", ordering="order_id")
    def order(self, cart: Cart) -> str:
        """Carts do not know its number."""
        return row_link("orders.order", cart.order_id, "its order")

    @admin.display(description="Owner")
    def owner(self, cart: Cart) -> str:
        return row_link("accounts.user", cart.customer_id, "customer") if cart.customer_id else "guest"

    @admin.display(description="Merged into")
    def merged(self, cart: Cart) -> str:
        return row_link("cart.cart", cart.merged_into)

    @admin.display(description="Value now")
    def value_now(self, cart: Cart) -> str:
        quote = quote_now(cart)
        return str(quote.total) if quote else EMPTY

    @admin.display(description="Problems now")
    def problems_now(self, cart: Cart) -> str:
        quote = quote_now(cart)
        return "; ".join(problem.detail for problem in quote.problems) if quote else EMPTY


def quote_now(cart: Cart) -> Quote | None:
    """What an open cart costs now, asked of catalog once for its page; None for one that cannot be ordered at all."""
    kept: dict[str, Quote | None] = vars(cart)
    if "_quote" not in kept:
        try:
            kept["_quote"] = get_quote(cart_id=cart.pk, customer_id=cart.customer_id)
        except (DomainError, Unavailable):
            kept["_quote"] = None
    return kept["_quote"]
