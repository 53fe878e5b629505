"""What staff send: strict, and checked for form. What a value means is checked by the services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.catalog.rules import AttributeRule, Kind, OptionFact
from apps.catalog.rules.videos import LONGEST_ADDRESS, LONGEST_TITLE, MOST_VIDEOS, wrong_address
from apps.catalog.services.save_product import VariantDraft
from apps.catalog.services.save_product_type import TypeDraft
from apps.catalog.services.set_prices import PriceSchedule, Sale
from shop.http.schema import example
from shop.http.serializers import Body, Line, MoneyField
from shop.money import Money

MOST_VARIANTS = 200
MOST_TAGS = 50
MOST_SALES = 100
MOST_ATTRIBUTES = 100
MOST_OPTIONS = 10
MOST_CHOICES = 500
HIGHEST_PRICE = 10**11
"""In minor units."""
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NAMED: dict[str, Any] = {"invalid": "1 to 120 letters, digits, - and _."}


class Text(serializers.CharField):
    """A text, and nothing that could be made one."""

    def to_internal_value(self, data: Any) -> str:
        """DRF takes 5 for "5"."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class YesNo(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        """DRF takes "yes" and 1."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Slug(serializers.RegexField):
    """A name for paths."""

    def __init__(self, max_length: int = 120, **options: Any) -> None:
        super().__init__(rf"^[-a-zA-Z0-9_]{{1,{max_length}}}\Z", error_messages=_NAMED, **options)

    def to_internal_value(self, data: Any) -> str:
        """As Text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Place(serializers.IntegerField):
    """An order among siblings."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=-1_000_000, max_value=1_000_000, **options)


class PriceField(MoneyField):
    """Money in a currency of this shop, not below zero."""

    default_error_messages = {
        "not_sold": "This shop does not sell in this currency.",
        "range": f"From 0 to {HIGHEST_PRICE} minor units.",
    }

    def to_internal_value(self, data: Any) -> Money:
        """A Money, or a field error."""
        money = super().to_internal_value(data)
        if money.currency not in settings.CURRENCIES:
            self.fail("not_sold")
        if not 0 <= money.amount <= HIGHEST_PRICE:
            self.fail("range")
        return money


class Moment(serializers.DateTimeField):
    """A time in this and the next century."""

    default_error_messages = {"far": "Between the years 2000 and 2200."}

    def to_internal_value(self, data: Any) -> datetime:
        """Aware, in UTC."""
        at = super().to_internal_value(data)
        if not EARLIEST <= at < LATEST:
            self.fail("far")
        return at.astimezone(UTC)


class Changes(Body):
    """A body of which every field may be left out; what is left out stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        """Without defaults, too: they are for what is new."""
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, serializers.empty
        return fields


class _Seo(Body):
    seo_title = Text(max_length=200, allow_blank=True, default="")
    seo_description = Text(max_length=400, allow_blank=True, default="")


@example(
    {
        "slug": "mugs",
        "name": "Mugs",
        "parent": "kitchen",
        "position": 0,
        "description": "To drink from.",
        "seo_title": "Mugs for every day",
        "seo_description": "",
    }
)
class CategoryBody(_Seo):
    slug = Slug()
    name = Text(max_length=200)
    parent = Slug(allow_null=True, default=None)  # type: ignore[assignment]  # DRF's own name
    position = Place(default=0)
    description = Text(max_length=20_000, allow_blank=True, default="")


@example({"name": "Cups", "parent": None})
class CategoryChanges(Changes, CategoryBody):
    """What is named becomes so."""


@example({"slug": "harbour", "name": "Harbour", "description": "A pottery by the sea."})
class BrandBody(Body):
    slug = Slug()
    name = Text(max_length=200)
    description = Text(max_length=20_000, allow_blank=True, default="")


@example({"name": "Harbour & Sons"})
class BrandChanges(Changes, BrandBody):
    """What is named becomes so."""


@example({"slug": "gift", "name": "Gift"})
class TagBody(Body):
    slug = Slug()
    name = Text(max_length=200)


@example({"name": "A present"})
class TagChanges(Changes, TagBody):
    """What is named becomes so."""


class AttributeBody(Body):
    code = Slug(max_length=60)
    name = Text(max_length=200)
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    unit = Text(max_length=20, allow_blank=True, default="")
    choices = serializers.ListField(child=Text(max_length=100), max_length=MOST_CHOICES, default=list)
    required = YesNo(default=False)  # type: ignore[assignment]  # DRF's own name
    filterable = YesNo(default=False)


class OptionBody(Body):
    code = Slug(max_length=60)
    name = Text(max_length=200)
    values = serializers.ListField(child=Text(max_length=100), min_length=1, max_length=MOST_CHOICES)


TYPE_EXAMPLE = {
    "code": "drinkware",
    "name": "Drinkware",
    "attributes": [
        {
            "code": "material",
            "name": "Material",
            "kind": "choice",
            "unit": "",
            "choices": ["stoneware", "glass"],
            "required": True,
            "filterable": True,
        },
        {
            "code": "capacity",
            "name": "Capacity",
            "kind": "number",
            "unit": "ml",
            "choices": [],
            "required": False,
            "filterable": True,
        },
    ],
    "options": [{"code": "color", "name": "Color", "values": ["blue", "red"]}],
}


@example(TYPE_EXAMPLE)
class ProductTypeBody(Body):
    code = Slug(max_length=60)
    name = Text(max_length=200)
    attributes = AttributeBody(many=True, default=list, max_length=MOST_ATTRIBUTES)  # type: ignore[call-arg]  # of the list
    options = OptionBody(many=True, default=list, max_length=MOST_OPTIONS)  # type: ignore[call-arg]  # of the list

    def draft(self) -> TypeDraft:
        """The type as the service takes it."""
        body = self.checked()
        return draft_of_type(body["code"], body)


@example({name: value for name, value in TYPE_EXAMPLE.items() if name != "code"})
class ProductTypeChanges(Changes):
    name = Text(max_length=200)
    attributes = AttributeBody(many=True, max_length=MOST_ATTRIBUTES)  # type: ignore[call-arg]  # of the list
    options = OptionBody(many=True, max_length=MOST_OPTIONS)  # type: ignore[call-arg]  # of the list


def draft_of_type(code: str, body: dict[str, Any]) -> TypeDraft:
    """Plain values to a draft."""
    return TypeDraft(
        code=code,
        name=body["name"],
        attributes=tuple(AttributeRule(**{**one, "choices": tuple(one["choices"])}) for one in body["attributes"]),
        options=tuple(OptionFact(one["code"], one["name"], tuple(one["values"])) for one in body["options"]),
    )


def _options() -> serializers.DictField:
    return serializers.DictField(child=Text(max_length=100), default=dict, help_text='Such as {"color": "blue"}.')


@example({"sku": "MUG-BLUE", "options": {"color": "blue"}, "prices": [{"amount": 1200, "currency": "EUR"}]})
class VariantBody(Body):
    sku = serializers.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", error_messages={"invalid": "1 to 64 letters, digits, . _ and -."}
    )
    options = _options()
    prices = serializers.ListField(
        child=PriceField(),
        max_length=len(settings.CURRENCIES),
        default=list,
        help_text="Standing prices, one for each currency. Needs prices:write.",
    )

    def draft(self, **more: Any) -> VariantDraft:
        """The variant as the service takes it."""
        return variant_draft(self.checked(), **more)


def variant_draft(body: dict[str, Any], **more: Any) -> VariantDraft:
    """Plain values to a draft."""
    return VariantDraft(sku=body["sku"], options=_checked_codes(body["options"]), prices=tuple(body["prices"]), **more)


def _checked_codes(options: dict[str, str]) -> dict[str, str]:
    code = Slug(max_length=60)
    if len(options) > MOST_OPTIONS:
        raise serializers.ValidationError({"options": [f"At most {MOST_OPTIONS}."]})
    for name in options:
        try:
            code.run_validation(name)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"options": {name: error.detail}}) from None
    return options


@example({"options": {"color": "red"}, "position": 0})
class VariantChanges(Changes):
    options = serializers.DictField(child=Text(max_length=100))
    position = serializers.IntegerField(min_value=0, max_value=MOST_VARIANTS)

    def changes(self) -> dict[str, Any]:
        """What is named."""
        changes = self.checked()
        if "options" in changes:
            _checked_codes(changes["options"])
        return changes


class VideoBody(Body):
    url = Text(max_length=LONGEST_ADDRESS, help_text="Where it is watched: an https address.")
    title = Line(max_length=LONGEST_TITLE, allow_blank=True, default="", help_text="What it shows.")

    def validate_url(self, url: str) -> str:
        """One that a page may show."""
        if wrong := wrong_address(url):
            raise serializers.ValidationError(wrong, "invalid")
        return url


PRODUCT_EXAMPLE: dict[str, Any] = {
    "slug": "mug",
    "name": "Mug",
    "description": "Holds coffee.",
    "category": "mugs",
    "product_type": "drinkware",
    "attributes": {"material": "stoneware", "capacity": 350},
    "brand": "harbour",
    "tags": ["gift"],
    "tax_class": "standard",
    "seo_title": "A mug for coffee",
    "seo_description": "",
    "videos": [{"url": "https://videos.example.com/mug-thrown", "title": "How a mug is thrown on the wheel"}],
}


class _Product(_Seo):
    slug = Slug()
    name = Text(max_length=200)
    description = Text(max_length=20_000, allow_blank=True, default="")
    category = Slug(help_text="Its slug.")
    product_type = Slug(max_length=60, allow_null=True, default=None, help_text="Its code.")
    attributes = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        default=dict,
        help_text="By code, as its type says. null: not stated.",
    )
    brand = Slug(allow_null=True, default=None, help_text="Its slug.")
    tags = serializers.ListField(child=Slug(), max_length=MOST_TAGS, default=list, help_text="Slugs.")
    tax_class = Slug(max_length=40, default="standard")
    videos = VideoBody(many=True, default=list, max_length=MOST_VIDEOS)  # type: ignore[call-arg]  # of the list


@example(
    {
        **PRODUCT_EXAMPLE,
        "variants": [
            {"sku": "MUG-BLUE", "options": {"color": "blue"}, "prices": [{"amount": 1200, "currency": "EUR"}]},
        ],
    }
)
class ProductBody(_Product):
    variants = VariantBody(many=True, default=list, max_length=MOST_VARIANTS)  # type: ignore[call-arg]  # of the list

    def parts(self) -> tuple[dict[str, Any], list[VariantDraft]]:
        """The product's own fields, and its variants."""
        body = self.checked()
        return body, [variant_draft(one) for one in body.pop("variants")]


@example({"name": "Big mug", "attributes": {"capacity": 500}})
class ProductChanges(Changes, _Product):
    """What is named becomes so."""


class SaleBody(Body):
    price = PriceField()
    starts_at = Moment(allow_null=True, default=None, help_text="Without one: from now on.")
    ends_at = Moment(allow_null=True, default=None, help_text="Without one: until it is taken away.")


PRICES_EXAMPLE: dict[str, Any] = {
    "standing": [{"amount": 1500, "currency": "EUR"}, {"amount": 2400, "currency": "JPY"}],
    "sales": [
        {
            "price": {"amount": 1200, "currency": "EUR"},
            "starts_at": "2026-11-27T00:00:00Z",
            "ends_at": "2026-12-01T00:00:00Z",
        }
    ],
}


@example(PRICES_EXAMPLE)
class PricesBody(Body):
    standing = serializers.ListField(child=PriceField(), max_length=len(settings.CURRENCIES))
    sales = SaleBody(many=True, default=list, max_length=MOST_SALES)  # type: ignore[call-arg]  # of the list

    def schedule(self) -> PriceSchedule:
        """The prices as the service takes them."""
        body = self.checked()
        return PriceSchedule(standing=tuple(body["standing"]), sales=tuple(Sale(**sale) for sale in body["sales"]))
