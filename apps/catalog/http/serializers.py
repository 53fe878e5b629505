"""How the rendered documents look, for the OpenAPI document. rules.py makes them; nothing is serialized on reading."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from apps.catalog.rules import Kind
from shop.http.paging import PAGE_PARAMETERS
from shop.http.shaping import Shape

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": list(properties), "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_STRING: Schema = {"type": "string"}
_BOOLEAN: Schema = {"type": "boolean"}
_INTEGER: Schema = {"type": "integer"}
_UUID: Schema = {"type": "string", "format": "uuid"}
_PRICES: Schema = {
    "type": "object",
    "description": "By currency. Every currency in which it is sold, so that one cached document serves all.",
    "additionalProperties": _object(amount=_INTEGER, currency=_STRING),
}
_REGULAR = {**_PRICES, "description": "The standing price of those currencies in which a sale is on."}
_PICTURE = _object(url=_STRING, alt=_STRING, width=_INTEGER, height=_INTEGER)
_REFERENCE = _object(slug=_STRING, name=_STRING)
_ATTRIBUTE = _object(
    code=_STRING,
    name=_STRING,
    kind={"type": "string", "enum": [kind.value for kind in Kind]},
    value={
        "description": "By kind: text, number, boolean, date (2026-01-31), one choice, or a list of choices.",
        "oneOf": [_STRING, {"type": "number"}, _BOOLEAN, _array(_STRING)],
    },
    unit={"type": "string", "description": 'Of a number, else "".'},
)
_OPTION = _object(code=_STRING, name=_STRING, values=_array(_STRING))
_VARIANT = _object(
    sku=_STRING,
    options={"type": "object", "additionalProperties": _STRING},
    prices=_PRICES,
    regular=_REGULAR,
    available=_BOOLEAN,
)
_CARD = {
    "id": _UUID,
    "slug": _STRING,
    "name": _STRING,
    "brand": {"oneOf": [_REFERENCE, {"type": "null"}]},
    "category": {"type": "string", "description": "Slug of its own category."},
    "prices": {**_PRICES, "description": "The lowest of its variants, by currency."},
    "regular": _REGULAR,
    "available": {"type": "boolean", "description": "Something of it can be bought; follows the stock in seconds."},
    "picture": {"oneOf": [_PICTURE, {"type": "null"}]},
}

CARD = _object(**_CARD)
PAGE = _object(
    **_CARD,
    description=_STRING,
    categories={**_array(_REFERENCE), "description": "From the root of the tree to its own category."},
    product_type={"oneOf": [_STRING, {"type": "null"}], "description": "Its code."},
    attributes={**_array(_ATTRIBUTE), "description": "What its type asks and the product states."},
    options={**_array(_OPTION), "description": "What tells its variants apart, with the values that they have."},
    variants=_array(_VARIANT),
    pictures=_array(_PICTURE),
    tags=_array(_REFERENCE),
    seo={**_object(title=_STRING, description=_STRING), "description": "For search engines; never empty of title."},
)
CARDS = _object(
    data=_array(CARD),
    has_more=_BOOLEAN,
    next_cursor={"oneOf": [_STRING, {"type": "null"}]},
)
CARDS["properties"]["total"] = _INTEGER
TREE = _object(
    data=_array(
        _object(
            slug=_STRING,
            name=_STRING,
            children={"type": "array", "items": {"type": "object"}, "description": "The same again, at any depth."},
        )
    )
)

CURRENCY = OpenApiParameter(
    "currency",
    str,
    description="The currency that the caller will show. Checked, and otherwise without effect: "
    "documents hold the prices of all currencies, pick `prices[currency]`.",
)
CARDS_SHAPE = Shape(of=CARD)
PAGE_SHAPE = Shape(of=PAGE)
LIST_PARAMETERS = [
    *CARDS_SHAPE.parameters,
    OpenApiParameter("category", str, description="Slug: that category and everything below it."),
    CURRENCY,
    OpenApiParameter("sort", str, enum=["newest", "name"], default="newest"),
    *PAGE_PARAMETERS,
]

_MONEY = {"EUR": {"amount": 1200, "currency": "EUR"}, "JPY": {"amount": 1900, "currency": "JPY"}}
_MUG = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    "slug": "mug",
    "name": "Mug",
    "brand": {"slug": "harbour", "name": "Harbour"},
    "category": "mugs",
    "prices": _MONEY,
    "regular": {"EUR": {"amount": 1500, "currency": "EUR"}},
    "available": True,
    "picture": {"url": "/media/products/mug.webp", "alt": "Mug", "width": 480, "height": 480},
}
CARDS_EXAMPLE = OpenApiExample("A page", {"data": [_MUG], "has_more": False, "next_cursor": None}, response_only=True)
PAGE_EXAMPLE = OpenApiExample(
    "A mug",
    {
        **_MUG,
        "description": "Holds coffee.",
        "categories": [{"slug": "kitchen", "name": "Kitchen"}, {"slug": "mugs", "name": "Mugs"}],
        "product_type": "drinkware",
        "attributes": [
            {"code": "material", "name": "Material", "kind": "choice", "value": "stoneware", "unit": ""},
            {"code": "capacity", "name": "Capacity", "kind": "number", "value": 350, "unit": "ml"},
        ],
        "options": [{"code": "color", "name": "Color", "values": ["blue"]}],
        "variants": [
            {
                "sku": "MUG-BLUE",
                "options": {"color": "blue"},
                "prices": _MONEY,
                "regular": {"EUR": {"amount": 1500, "currency": "EUR"}},
                "available": True,
            }
        ],
        "pictures": [_MUG["picture"]],
        "tags": [{"slug": "gift", "name": "Gift"}],
        "seo": {"title": "A mug for coffee", "description": "Holds coffee."},
    },
    response_only=True,
)
TREE_EXAMPLE = OpenApiExample(
    "A tree",
    {"data": [{"slug": "kitchen", "name": "Kitchen", "children": [{"slug": "mugs", "name": "Mugs", "children": []}]}]},
    response_only=True,
)
