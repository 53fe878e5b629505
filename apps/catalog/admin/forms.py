"""The forms of a product's page: a variant with a price field for every currency of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings

from apps.catalog.models import DEFAULT_PRICE_LIST, SINCE_EVER, Price, Product, Variant
from shop.money import Money, digits

HIGHEST_PRICE = 99_999_999

if TYPE_CHECKING:  # generic to the type checker only
    VariantModelForm = forms.ModelForm[Variant]
    ProductModelForm = forms.ModelForm[Product]
else:
    VariantModelForm = ProductModelForm = forms.ModelForm


class ProductForm(ProductModelForm):
    """The product itself. Its revision travels along, so that two people do not overwrite each other."""

    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Product
        fields = ("name", "slug", "status", "category", "tax_class", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
            self.fields["seen_revision"].initial = self.instance.revision


def price_field(currency: str) -> str:
    """The name of the form field."""
    return f"price_{currency.lower()}"


class VariantForm(VariantModelForm):
    """A SKU is for ever; an empty price means: not sold in that currency."""

    options = forms.JSONField(required=False, initial=dict, help_text='Such as {"color": "blue"}.')

    class Meta:
        model = Variant
        fields = ("sku", "options", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001
            self.fields["sku"].disabled = True
            for money in _standing(self.instance):
                name = price_field(money.currency)
                if name in self.fields:
                    self.initial[name] = money.to_decimal()

    def clean_options(self) -> dict[str, str]:
        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
            raise forms.ValidationError('An object of texts, such as {"color": "blue"}.')
        return options

    def prices(self) -> tuple[Money, ...]:
        """What was filled in, in minor units."""
        return tuple(self._prices())

    def _prices(self) -> Iterator[Money]:
        for currency in settings.CURRENCIES:
            value: Decimal | None = self.cleaned_data.get(price_field(currency))
            if value is not None:
                yield Money(int(value.scaleb(digits(currency))), currency)


for _currency in settings.CURRENCIES:
    VariantForm.base_fields[price_field(_currency)] = VariantForm.declared_fields[price_field(_currency)] = (
        forms.DecimalField(
            label=_currency,
            required=False,
            min_value=0,
            max_value=HIGHEST_PRICE,
            decimal_places=digits(_currency),
            widget=forms.NumberInput(attrs={"style": "width: 6em"}),
        )
    )


def _standing(variant: Variant) -> list[Money]:
    rows = Price.objects.filter(variant=variant, price_list_id=DEFAULT_PRICE_LIST, valid_from=SINCE_EVER)
    return [Money(amount, currency) for amount, currency in rows.values_list("amount_minor", "currency")]
