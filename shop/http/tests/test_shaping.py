"""Fewer fields and expanded relations."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from django.http import QueryDict
from rest_framework import serializers

from shop.errors import Invalid
from shop.http.shaping import Shape


class Line(serializers.Serializer[Any]):
    sku = serializers.CharField()
    price = serializers.IntegerField()


class Cart(serializers.Serializer[Any]):
    id = serializers.CharField()
    lines = Line(many=True)


asked: list[int] = []


def put_products(lines: list[dict[str, Any]]) -> None:
    asked.append(len(lines))
    for line in lines:
        line["product"] = {"of": line["sku"]}


def put_owner(carts: list[dict[str, Any]]) -> None:
    for cart in carts:
        cart["owner"] = "Ada"


SHAPE = Shape(of=Cart, relations={"lines.product": put_products, "owner": put_owner})
CART = {"id": "c", "lines": [{"sku": "A", "price": 1}, {"sku": "B", "price": 2}]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", CART),
        ("fields=", CART),
        ("fields=id", {"id": "c"}),
        ("fields=id&fields=lines", CART),
        ("fields=lines.sku", {"lines": [{"sku": "A"}, {"sku": "B"}]}),
        ("fields=lines.sku,lines", {"lines": CART["lines"]}),
        ("fields=lines,lines.sku", {"lines": CART["lines"]}),
        ("expand=owner", {**CART, "owner": "Ada"}),
        ("fields=id&expand=owner", {"id": "c", "owner": "Ada"}),
        ("fields=id&expand=lines.product", {"id": "c", "lines": [{"product": {"of": "A"}}, {"product": {"of": "B"}}]}),
        ("fields=owner", {}),
    ],
)
def test_an_answer_is_what_was_asked_for(query, expected):
    assert SHAPE.applied(QueryDict(query), CART) == expected


def test_items_of_a_list_are_shaped_and_its_frame_is_not():
    page = {"data": [CART, CART], "has_more": False, "next_cursor": None}
    asked.clear()

    shaped = SHAPE.applied(QueryDict("fields=id&expand=lines.product"), page)

    assert (shaped["has_more"], [sorted(item) for item in shaped["data"]]) == (False, [["id", "lines"]] * 2)
    assert asked == [4]  # one read for the lines of all items


def test_rendered_bytes_are_parsed_only_for_who_asks():
    body = msgspec.json.encode(CART)

    assert SHAPE.applied_to_bytes(QueryDict("limit=3"), body) is body
    assert SHAPE.applied_to_bytes(QueryDict("fields=id"), body) == b'{"id":"c"}'


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("fields=id,price", "/fields"),
        ("fields=lines.sku.x", "/fields"),
        ("fields=" + "x" * 9000, "/fields"),
        ("fields=__class__", "/fields"),
        ("expand=lines", "/expand"),
        ("expand=lines.product.brand", "/expand"),
        ("expand=owner&expand=*", "/expand"),
    ],
)
def test_an_unknown_name_is_told(query, pointer):
    with pytest.raises(Invalid) as refused:
        SHAPE.applied(QueryDict(query), CART)

    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, "unknown_name")]


def test_where_nothing_can_be_expanded_that_is_said_and_not_an_empty_list():
    with pytest.raises(Invalid) as refused:
        Shape(of={"type": "object"}).applied(QueryDict("expand=owner"), CART)

    [error] = refused.value.errors
    assert error.detail == "'owner' is not known here; nothing can be expanded."


def test_names_are_taken_from_a_schema_as_well_as_from_a_serializer():
    lines = {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}
    shape = Shape(of={"type": "object", "properties": {"id": {"type": "string"}, "lines": lines}})

    assert shape.applied(QueryDict("fields=lines.sku"), CART) == {"lines": [{"sku": "A"}, {"sku": "B"}]}
    assert [parameter.name for parameter in shape.parameters] == ["fields"]
