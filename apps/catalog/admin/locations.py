"""The places that hold stock, and the SKUs that run low."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.catalog.models import Stock, StockLevel, StockLocation
from apps.catalog.services.delete_location import delete_location
from apps.catalog.services.save_location import change_location, create_location
from apps.catalog.services.set_threshold import set_threshold
from apps.catalog.services.stock_state import stock_of_all
from shop.staff import search_link

from .base import ServiceAdmin

if TYPE_CHECKING:  # generic to the type checker only
    LevelModelForm = forms.ModelForm[StockLevel]
else:
    LevelModelForm = forms.ModelForm


@admin.register(StockLocation)
class StockLocationAdmin(ServiceAdmin):
    """Orders are filled from main first, then by position; a closed place fills none."""

    list_display = ("name", "code", "position", "active")
    fields = ("code", "name", "position", "active")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: StockLocation, form: Any, change: Any) -> None:  # noqa: ARG002
        if change:
            change_location(code=obj.pk, name=obj.name, position=obj.position, active=obj.active)
        else:
            create_location(code=obj.pk, name=obj.name, position=obj.position, active=obj.active)

    def delete_model(self, request: HttpRequest, obj: StockLocation) -> None:  # noqa: ARG002
        delete_location(code=obj.pk)


class LevelForm(LevelModelForm):
    """A SKU and from how few units on it is low."""

    class Meta:
        model = StockLevel
        fields = ("sku", "threshold")
        help_texts = {"threshold": "Low at so many units or fewer; empty for the shop's usual threshold."}

    def clean_sku(self) -> str:
        sku: str = self.cleaned_data["sku"]
        if not Stock.objects.filter(sku=sku).exists():
            raise forms.ValidationError("There is no such SKU.")
        return sku


class CountedList(ChangeList):
    """The levels of one page with the units that are left: four queries, however many rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        levels = list(self.result_list)
        states = {state.sku: state for state in stock_of_all([level.pk for level in levels])}
        for level in levels:
            level.state = states.get(level.pk)
        self.result_list = levels


@admin.register(StockLevel)
class StockLevelAdmin(ServiceAdmin):
    """What is low, and the SKUs that have a threshold of their own."""

    form = LevelForm
    list_display = ("sku", "left", "at", "is_low", "since", "shelves")
    list_filter = ("low",)
    search_fields = ("sku__startswith",)
    search_help_text = "The beginning of a SKU."
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CountedList]:  # noqa: ARG002
        return CountedList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).order_by("sku")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        return ("sku",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: StockLevel, form: Any, change: Any) -> None:  # noqa: ARG002
        set_threshold(sku=obj.pk, threshold=obj.threshold)

    @admin.display(description="Left")
    def left(self, level: StockLevel) -> str:
        state = getattr(level, "state", None)
        return "" if state is None else str(state.available)

    @admin.display(description="Low")
    def is_low(self, level: StockLevel) -> str:
        return "low" if level.low else ""

    @admin.display(description="Low at")
    def at(self, level: StockLevel) -> str:
        state = getattr(level, "state", None)
        usual = "" if level.threshold is not None else " (usual)"
        return "" if state is None else f"{state.threshold}{usual}"

    @admin.display(description="Stock")
    def shelves(self, level: StockLevel) -> str:
        return search_link("catalog.stock", level.pk, "shelves")
