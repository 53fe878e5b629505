"""What one variant costs: its standing prices and its sales, reached from the product's page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from apps.catalog.models import DEFAULT_PRICE_LIST, SINCE_EVER, Price, Variant
from apps.catalog.services.set_prices import PriceSchedule, Sale, set_prices
from shop.money import Money, digits

from .base import ServiceAdmin, Tabular, kept_forms
from .forms import HIGHEST_PRICE

if TYPE_CHECKING:  # generic to the type checker only
    PriceModelForm = forms.ModelForm[Price]
    VariantModelForm = forms.ModelForm[Variant]
else:
    PriceModelForm = VariantModelForm = forms.ModelForm


class PriceForm(PriceModelForm):
    """Without a start and an end it is the standing price."""

    currency = forms.ChoiceField(choices=[(code, code) for code in settings.CURRENCIES])
    amount = forms.DecimalField(
        min_value=0, max_value=HIGHEST_PRICE, decimal_places=3, widget=forms.NumberInput(attrs={"style": "width: 7em"})
    )
    starts_at = forms.SplitDateTimeField(
        label="from", required=False, widget=AdminSplitDateTime, help_text="Empty: always, or from now on if it ends."
    )
    ends_at = forms.SplitDateTimeField(label="until", required=False, widget=AdminSplitDateTime)

    class Meta:
        model = Price
        fields = ("currency",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if not row._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
            self.initial["amount"] = Money(row.amount_minor, row.currency).to_decimal()
            self.initial["starts_at"] = None if row.valid_from == SINCE_EVER else row.valid_from
            self.initial["ends_at"] = row.valid_until

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        amount, currency = cleaned.get("amount"), cleaned.get("currency")
        if amount is not None and currency and amount != round(amount, digits(currency)):
            self.add_error("amount", f"{currency} has {digits(currency)} digits behind the point.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The service knows which rows go before which come; Django's look at uniqueness does not."""
        return {*super()._get_validation_exclusions(), "valid_from", "price_list"}  # type: ignore[misc]


class PriceInline(Tabular):
    model = Price
    form = PriceForm
    fields = ("currency", "amount", "starts_at", "ends_at")
    extra = 1
    verbose_name_plural = "prices and sales (of several that are valid, the one that started last counts)"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(price_list_id=DEFAULT_PRICE_LIST)


class SeenForm(VariantModelForm):
    """The revision of its prices travels along, so that two people do not overwrite each other."""

    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Variant
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_revision"].initial = self.instance.price_revision


@admin.register(Variant)
class VariantAdmin(ServiceAdmin):
    """Reached from its product."""

    form = SeenForm
    inlines = (PriceInline,)
    readonly_fields = ("of", "combined")
    fields = ("of", "combined", "seen_revision")
    search_fields = ("sku",)

    def has_module_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  # Django's signature
        """Not a page of its own in the menu."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    @admin.display(description="product")
    def of(self, variant: Variant) -> str:
        """The way back."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:catalog_product_change", args=[variant.product_id]), variant.product
        )

    @admin.display(description="options", empty_value="none")
    def combined(self, variant: Variant) -> str | None:
        """In words."""
        return ", ".join(f"{code}: {value}" for code, value in variant.options.items()) or None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Only its prices are saved here."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:  # noqa: ARG002
        [formset] = formsets
        formset.save(commit=False)  # notes for the change message what is new, changed and deleted
        variant: Variant = form.instance
        set_prices(
            slug=variant.product.slug,
            sku=variant.sku,
            schedule=_schedule([one.cleaned_data for one in kept_forms(formset)]),
            revision=form.cleaned_data.get("seen_revision"),
        )


def _schedule(rows: list[dict[str, Any]]) -> PriceSchedule:
    standing = [_money(row) for row in rows if not row["starts_at"] and not row["ends_at"]]
    sales = [row for row in rows if row["starts_at"] or row["ends_at"]]
    return PriceSchedule(tuple(standing), tuple(_sale(row) for row in sales))


def _sale(row: dict[str, Any]) -> Sale:
    starts_at: datetime | None = row["starts_at"]
    return Sale(_money(row), starts_at, row["ends_at"])


def _money(row: dict[str, Any]) -> Money:
    amount: Decimal = row["amount"]
    return Money(int(amount.scaleb(digits(row["currency"]))), row["currency"])
