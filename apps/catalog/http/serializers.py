"""How the rendered documents look, for the OpenAPI document. rules.py makes them; nothing is serialized on reading."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

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
_PICTURE = _object(url=_STRING, alt=_STRING, width=_INTEGER, height=_INTEGER)
_CATEGORY_REFERENCE = _object(slug=_STRING, name=_STRING)
_VARIANT = _object(
    sku=_STRING,
    options={"type": "object", "additionalProperties": _STRING},
    prices=_PRICES,
    available=_BOOLEAN,
)
_CARD = {
    "id": _UUID,
    "slug": _STRING,
    "name": _STRING,
    "category": {"type": "string", "description": "Slug of its own category."},
    "prices": {**_PRICES, "description": "The lowest of its variants, by currency."},
    "available": {"type": "boolean", "description": "Something of it can be bought; follows the stock in seconds."},
    "picture": {"oneOf": [_PICTURE, {"type": "null"}]},
}

CARD = _object(**_CARD)
PAGE = _object(
    **_CARD,
    description=_STRING,
    categories={**_array(_CATEGORY_REFERENCE), "description": "From the root of the tree to its own category."},
    variants=_array(_VARIANT),
    pictures=_array(_PICTURE),
)
CARDS = _object(
    data=_array(CARD),
    has_more=_BOOLEAN,
    next_cursor={"oneOf": [_STRING, {"type": "null"}]},
)
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
LIST_PARAMETERS = [
    OpenApiParameter("category", str, description="Slug: that category and everything below it."),
    CURRENCY,
    OpenApiParameter("sort", str, enum=["newest", "name"], default="newest"),
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
    OpenApiParameter("after", str, description="`next_cursor` of the page before."),
]

_MONEY = {"EUR": {"amount": 1200, "currency": "EUR"}, "JPY": {"amount": 1900, "currency": "JPY"}}
_MUG = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    "slug": "mug",
    "name": "Mug",
    "category": "mugs",
    "prices": _MONEY,
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
        "variants": [{"sku": "MUG-BLUE", "options": {"color": "blue"}, "prices": _MONEY, "available": True}],
        "pictures": [_MUG["picture"]],
    },
    response_only=True,
)
TREE_EXAMPLE = OpenApiExample(
    "A tree",
    {"data": [{"slug": "kitchen", "name": "Kitchen", "children": [{"slug": "mugs", "name": "Mugs", "children": []}]}]},
    response_only=True,
)
