"""The forms of a product's page: a variant with a price field for every currency of the shop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.conf import settings

from apps.catalog.models import DEFAULT_PRICE_LIST, SINCE_EVER, Price, Product, ProductTag, Tag, TaxClass, Variant
from apps.catalog.rules import OptionFact
from apps.catalog.services.surroundings import NO_TYPE, TypeFacts
from shop.money import Money, digits

from .typed import OPTION, attribute_initial, options_of
from .videos import VideosField

HIGHEST_PRICE = 99_999_999

if TYPE_CHECKING:  # generic to the type checker only
    VariantModelForm = forms.ModelForm[Variant]
    ProductModelForm = forms.ModelForm[Product]
else:
    VariantModelForm = ProductModelForm = forms.ModelForm


class ProductForm(ProductModelForm):
    """The product itself. Its revision travels along, so that two people do not overwrite each other."""

    kind: TypeFacts = NO_TYPE
    """What the type of this page says; get_form sets it."""
    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple
    )

    videos = VideosField()

    class Meta:
        model = Product
        fields = (
            *("product_type", "name", "slug", "status", "category", "brand", "tags", "tax_class", "description"),
            *("videos", "seo_title", "seo_description"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**self._stated(), **self.initial}
        if not self.instance._state.adding:  # noqa: SLF001  # Django's documented way to tell new rows
            self.fields["seen_revision"].initial = self.instance.revision
        else:
            self._offer_only_tax_class()

    def _stated(self) -> dict[str, Any]:
        """Tags and attributes, which are no columns of a form."""
        if self.instance._state.adding:  # noqa: SLF001
            return {}
        tags = ProductTag.objects.filter(product_id=self.instance.pk).values_list("tag_id", flat=True)
        return {"tags": list(tags), **attribute_initial(self.kind.attributes, self.instance.attributes)}

    def _offer_only_tax_class(self) -> None:
        codes = list(TaxClass.objects.values_list("pk", flat=True)[:2])
        if len(codes) == 1:
            self.initial.setdefault("tax_class", codes[0])


def price_field(currency: str) -> str:
    """The name of the form field."""
    return f"price_{currency.lower()}"


class VariantForm(VariantModelForm):
    """A SKU is for ever; an empty price means: not sold in that currency."""

    declared: tuple[OptionFact, ...] = ()
    """The options of the product's type; without a type they are written as JSON."""
    sku = forms.CharField(
        label="SKU", max_length=64, help_text="Kept for ever.", widget=forms.TextInput(attrs={"style": "width: 11em"})
    )
    options = forms.JSONField(
        required=False,
        initial=dict,
        help_text='Such as {"color": "blue"}.',
        widget=forms.TextInput(attrs={"style": "width: 13em"}),
    )
    position = forms.IntegerField(
        initial=0, help_text="Smallest first.", widget=forms.NumberInput(attrs={"style": "width: 3em"})
    )

    class Meta:
        model = Variant
        fields = ("sku", "options", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001
            self.fields["sku"].disabled = True
            for code, value in self.instance.options.items():
                self.initial[f"{OPTION}{code}"] = value
            for money in standing(self.instance):
                name = price_field(money.currency)
                if name in self.fields:
                    self.initial[name] = money.to_decimal()

    def clean_options(self) -> dict[str, str]:
        options = self.cleaned_data["options"] or {}
        if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
            raise forms.ValidationError('An object of texts, such as {"color": "blue"}.')
        return options

    def chosen(self) -> dict[str, str]:
        """What tells it apart."""
        if self.declared:
            return options_of(self.cleaned_data, self.declared)
        options: dict[str, str] = self.cleaned_data["options"]
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
            help_text="Empty: not sold in this currency.",
            required=False,
            min_value=0,
            max_value=HIGHEST_PRICE,
            decimal_places=digits(_currency),
            widget=forms.NumberInput(attrs={"style": "width: 5em"}),
        )
    )


def standing(variant: Variant) -> list[Money]:
    """The prices that the form edits."""
    rows = Price.objects.filter(variant=variant, price_list_id=DEFAULT_PRICE_LIST, valid_from=SINCE_EVER)
    return [Money(amount, currency) for amount, currency in rows.values_list("amount_minor", "currency")]


def lowest_prices(products: Sequence[UUID], currency: str) -> dict[UUID, Money]:
    """What each product costs at least, of the prices that the form edits."""
    owner = dict(Variant.objects.filter(product_id__in=products).values_list("pk", "product_id"))
    rows = Price.objects.filter(
        variant_id__in=owner, price_list_id=DEFAULT_PRICE_LIST, valid_from=SINCE_EVER, currency=currency
    )
    lowest: dict[UUID, Money] = {}
    for variant, amount in rows.order_by("-amount_minor").values_list("variant_id", "amount_minor"):
        lowest[owner[variant]] = Money(amount, currency)  # the last one is the lowest
    return lowest
