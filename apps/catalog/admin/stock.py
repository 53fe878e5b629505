"""Stock, its ledger and the orders' holds: to look at. Units move by a delivery or a correction with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.catalog.models import Hold, Stock, StockLocation, StockMovement
from apps.catalog.services.adjust_stock import adjust_stock
from apps.catalog.services.receive_stock import MOST_UNITS, receive_stock
from apps.catalog.services.transfer_stock import transfer_stock
from shop.staff import SearchById, person_link, row_link, search_link

from .base import ReadOnlyAdmin, ServiceAdmin

if TYPE_CHECKING:  # generic to the type checker only
    StockModelForm = forms.ModelForm[Stock]
else:
    StockModelForm = forms.ModelForm

RECEIVE, ADJUST, TRANSFER = "receive", "adjust", "transfer"


class MovementForm(StockModelForm):
    """What happened to the shelf, in units and words. The numbers themselves are never typed."""

    happened = forms.ChoiceField(
        label="What happened",
        choices=[(RECEIVE, "Goods arrived"), (ADJUST, "The count was wrong"), (TRANSFER, "They go elsewhere")],
    )
    to = forms.ModelChoiceField(
        StockLocation.objects.order_by("position", "code"), required=False, help_text="Only if they go elsewhere."
    )
    units = forms.IntegerField(
        min_value=-MOST_UNITS, max_value=MOST_UNITS, help_text="Below zero only if the count was wrong."
    )
    reason = forms.CharField(max_length=200, help_text="Delivery note, stock-take, breakage ...")

    class Meta:
        model = Stock
        fields = ()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        units = data.get("units")
        if (data.get("happened") == TRANSFER) != (data.get("to") is not None):
            self.add_error("to", "Name another location if they go elsewhere, and none otherwise.")
        if units == 0 or (units is not None and units < 0 and data.get("happened") != ADJUST):
            self.add_error("units", "A delivery or transfer has at least one unit, a correction is not zero.")
        return data


def _signed(units: int) -> str:
    return f"{units:+d}" if units else ""


@admin.register(Stock)
class StockAdmin(ServiceAdmin):
    form = MovementForm
    list_display = ("sku", "location", "available", "held", "sold", "sellable")
    list_filter = ("location",)
    search_fields = ("sku",)
    search_help_text = "Part of the SKU."
    list_select_related = ("location",)
    fieldsets = (
        (None, {"fields": ("sku", "location", "available", "held", "sold", "sellable", "ledger")}),
        ("Move units", {"fields": ("happened", "units", "to", "reason")}),
    )
    readonly_fields = ("sku", "location", "available", "held", "sold", "sellable", "ledger")
    actions = None

    @admin.display(description="Ledger")
    def ledger(self, stock: Stock) -> str:
        return search_link("catalog.stockmovement", stock.sku, "all movements of this SKU")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: Stock, form: Any, change: Any) -> None:  # noqa: ARG002
        data = form.cleaned_data
        if data["happened"] == TRANSFER:
            transfer_stock(
                sku=obj.sku,
                quantity=data["units"],
                reason=data["reason"],
                location=obj.location_id,
                to=data["to"].pk,
            )
        elif data["happened"] == RECEIVE:
            receive_stock(sku=obj.sku, quantity=data["units"], reason=data["reason"], location=obj.location_id)
        else:
            adjust_stock(sku=obj.sku, delta=data["units"], reason=data["reason"], location=obj.location_id)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "sku", "kind", "available", "held", "sold", "reference", "who")
    list_filter = ("kind",)
    search_fields = ("sku__exact", "reference__exact")
    search_help_text = "A SKU, the id of an order or a reason, as a whole."
    list_select_related = ("location",)
    ordering = ("-id",)
    fields = ("created_at", "sku", "location", "kind", "available", "held", "sold", "reference", "who")
    readonly_fields = ("available", "held", "sold", "who")

    @admin.display(description="By")
    def who(self, movement: StockMovement) -> str:
        return person_link(movement.actor)

    @admin.display(description="Available")
    def available(self, movement: StockMovement) -> str:
        return _signed(movement.available_delta)

    @admin.display(description="Held")
    def held(self, movement: StockMovement) -> str:
        return _signed(movement.held_delta)

    @admin.display(description="Sold")
    def sold(self, movement: StockMovement) -> str:
        return _signed(movement.sold_delta)


@admin.register(Hold)
class HoldAdmin(SearchById, ReadOnlyAdmin):
    list_display = ("units", "state", "lapsed", "expires_at", "its_order")
    list_filter = ("state", "lapsed")
    search_fields = ("order_id",)
    search_help_text = "The id of an order, as a whole."
    ordering = ("-order_id",)
    fields = ("order", "units", "state", "lapsed", "expires_at", "created_at", "movements")
    readonly_fields = ("order", "units", "movements")

    @admin.display(description="Order")
    def order(self, hold: Hold) -> str:
        return row_link("orders.order", hold.order_id)

    @admin.display(description="Order")
    def its_order(self, hold: Hold) -> str:
        """Catalog does not know its number, and nobody reads an id."""
        return row_link("orders.order", hold.order_id, "its order")

    @admin.display(description="Units")
    def units(self, hold: Hold) -> str:
        return ", ".join(f"{quantity} x {sku}" for sku, _location, quantity in hold.lines) or "none"

    @admin.display(description="Ledger")
    def movements(self, hold: Hold) -> str:
        return search_link("catalog.stockmovement", hold.order_id, "stock movements")
