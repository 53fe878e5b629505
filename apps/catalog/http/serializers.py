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
_SIZE = _object(url=_STRING, width=_INTEGER, height=_INTEGER)
_PICTURE = _object(
    url=_STRING,
    alt=_STRING,
    width=_INTEGER,
    height=_INTEGER,
    srcset={**_array(_SIZE), "description": "The same as WebP, smallest first; empty until a worker has made them."},
)
_VIDEO = _object(url=_STRING, title=_STRING)
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
PAGE["properties"]["videos"] = {
    **_array(_VIDEO),
    "description": "Where films of it are watched. Absent of a page that was made before there were any.",
}
CARDS = _object(
    data=_array(CARD),
    has_more=_BOOLEAN,
    next_cursor={"oneOf": [_STRING, {"type": "null"}]},
)
_FACET_VALUES = _array(_object(value=_STRING, count=_INTEGER))
_MONEY_REFERENCE = {"$ref": "#/components/schemas/Money"}
CARDS["properties"]["total"] = _INTEGER
CARDS["properties"]["facets"] = {
    "type": "object",
    "description": "With `include=facets`: by the name of a filter its values, the most frequent first (at most 100), "
    "each with the number of products that choosing it would show. What is chosen in a facet does not narrow the "
    "facet itself. `price` is the lowest and the highest price in `currency`, or null.",
    "properties": {
        "price": {"oneOf": [_object(min=_MONEY_REFERENCE, max=_MONEY_REFERENCE), {"type": "null"}]},
    },
    "additionalProperties": _FACET_VALUES,
}
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
_AMOUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 10**15}


LIST_PARAMETERS = [
    *CARDS_SHAPE.parameters,
    OpenApiParameter(
        "q",
        {"type": "string", "maxLength": 200},
        description="Words, all of which must be found (at most 12). Case and accents do not matter; the last word may "
        "be unfinished; a word that nothing has is taken for a near one (one wrong letter, or two from 8 letters on).",
        examples=[OpenApiExample("Words", "nordic mu")],
    ),
    OpenApiParameter("category", str, description="Slug, also an old one: that category and everything below it."),
    OpenApiParameter(
        "brand",
        {"type": "array", "items": {"type": "string"}},
        explode=True,
        description="Slug. Repeated: any of them, as with `tag`, `option.<code>` and `attr.<code>`.",
        examples=[OpenApiExample("A brand", ["harbour"])],
    ),
    OpenApiParameter(
        "tag",
        {"type": "array", "items": {"type": "string"}},
        explode=True,
        description="Slug.",
        examples=[OpenApiExample("A tag", ["gift"])],
    ),
    OpenApiParameter(
        "option.color",
        {"type": "array", "items": {"type": "string"}},
        explode=True,
        description="`option.<code>`: a variant has this value of the option; with several options one and the same "
        "variant has all of them. `color` stands for any code.",
        examples=[OpenApiExample("Blue or red", ["blue", "red"])],
    ),
    OpenApiParameter(
        "attr.material",
        {"type": "array", "items": {"type": "string"}},
        explode=True,
        description="`attr.<code>`: the product states this value of a filterable attribute; numbers as in the page, "
        "booleans as true and false. `material` stands for any code.",
        examples=[OpenApiExample("Wood", ["wood"])],
    ),
    OpenApiParameter(
        "available",
        bool,
        description="Only what can, or cannot, be bought now: beside options, the variants that have these options.",
    ),
    OpenApiParameter("price_min", _AMOUNT, description="Minor units in `currency`, of the lowest price of a product."),
    OpenApiParameter("price_max", _AMOUNT, description="As `price_min`; both bounds are inside."),
    OpenApiParameter(
        "currency",
        str,
        description="What price_min, price_max and the sorts by price mean; the first of the shop unless said. "
        "Documents hold the prices of all currencies: pick `prices[currency]`.",
    ),
    OpenApiParameter(
        "sort",
        str,
        enum=["relevance", "newest", "name", "price_asc", "price_desc"],
        description="Unless said, relevance with `q` (all words are the name, then in the name, or the brand, or tags, "
        "options, attributes and categories, or the description), else newest. By price, only what has one in "
        "`currency` is listed.",
    ),
    *[parameter for parameter in PAGE_PARAMETERS if parameter.name != "include"],
    OpenApiParameter(
        "include",
        {"type": "array", "items": {"type": "string", "enum": ["total", "facets"]}},
        explode=False,
        description="`total`: how many products there are on all pages. `facets`: what they can be narrowed by.",
        examples=[OpenApiExample("Both", ["total", "facets"])],
    ),
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
    "picture": {
        "url": "/media/pictures/019bf8a26f007c3e9a513f1f6a0d2c11/4f0c2b8e61d0a9d37c5b1e22.jpg",
        "alt": "Mug",
        "width": 1600,
        "height": 1600,
        "srcset": [
            {
                "url": "/media/pictures/019bf8a26f007c3e9a513f1f6a0d2c11/b2d6a7f0c4138e95d7710a3c-320.webp",
                "width": 320,
                "height": 320,
            }
        ],
    },
}
CARDS_EXAMPLE = OpenApiExample(
    "A page",
    {
        "data": [_MUG],
        "has_more": False,
        "next_cursor": None,
        "total": 1,
        "facets": {
            "price": {"min": {"amount": 1200, "currency": "EUR"}, "max": {"amount": 1200, "currency": "EUR"}},
            "brand": [{"value": "harbour", "count": 1}],
            "option.color": [{"value": "blue", "count": 1}],
        },
    },
    response_only=True,
)
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
        "videos": [{"url": "https://videos.example.com/mug-thrown", "title": "How a mug is thrown on the wheel"}],
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
