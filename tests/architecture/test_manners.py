"""Every operation of the API has the same manners (docs/architecture.md, "The HTTP API")."""

from __future__ import annotations

import re

from shop.http import problem_pages
from shop.http.document import document
from shop.http.etags import if_match, unconditional
from shop.http.idempotency import idempotent, unrepeatable
from tests.architecture import manners
from tests.architecture.sources import CHECKOUT

MAKE_IT = "mark it by @if_match() or @unconditional(why), see shop/http/etags.py"


def nothing(self, request):
    """Stands for a handler."""


def test_every_change_says_how_it_treats_if_match():
    assert manners.without_match(manners.handlers()) == [], MAKE_IT


def test_a_change_that_says_nothing_is_found():
    found = [("patch a", nothing), ("put a", if_match()(nothing)), ("delete a", unconditional("a test")(nothing))]

    assert manners.without_match(found) == ["patch a"]


def test_every_post_takes_an_idempotency_key_or_says_why_not():
    assert manners.unrepeatable(manners.handlers()) == [], (
        "@idempotent(...) or @unrepeatable(why), shop/http/idempotency.py"
    )


def test_a_post_that_says_nothing_is_found():
    repeatable = idempotent(context="orders", caller=lambda request, kwargs: "")(nothing)
    exempt = unrepeatable("a test")(lambda: None)

    assert manners.unrepeatable([("post a", nothing), ("post b", repeatable), ("post c", exempt)]) == ["post a"]


def test_every_operation_has_an_id_and_a_summary():
    assert manners.unnamed(manners.operations(document())) == []


def test_an_operation_without_a_name_is_found():
    found = [
        ("get a", {"operationId": "get_a", "summary": "One a"}),
        ("get b", {"operationId": "get_a", "summary": "One b"}),
        ("get c", {"operationId": "api_v1_c", "summary": "One c"}),
        ("get d", {"operationId": "get_d"}),
    ]

    assert manners.unnamed(found) == [
        "get b: operationId 'get_a'",
        "get c: operationId 'api_v1_c'",
        "get d: summary ''",
    ]


def test_every_list_pages_by_cursor_and_can_be_counted():
    whole = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", name).replace(" ", " /", 1)
        for name, handler in manners.handlers()
        if hasattr(handler, "unpaged")
    }

    assert manners.endless(manners.operations(document()), document(), whole) == []


def test_a_list_without_end_is_found():
    schema = {"type": "object", "properties": {"data": {"type": "array"}, "has_more": {"type": "boolean"}}}
    answers = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/As"}}}}}
    found = {"get /as": {"responses": answers, "parameters": [{"name": "limit", "in": "query"}]}}
    made = {"components": {"schemas": {"As": schema}}}

    assert manners.endless(found.items(), made, set()) == ["get /as: no after, include, next_cursor, total"]
    assert manners.endless(found.items(), made, {"get /as"}) == []


def test_every_body_and_every_answer_of_success_has_an_example():
    assert manners.without_example(manners.operations(document())) == [], "see example() in shop/http/schema.py"


def test_every_example_is_what_its_schema_says():
    assert manners.wrong_examples(manners.operations(document()), document()) == []


def test_a_missing_and_a_wrong_example_are_found():
    whole = {"schema": {"$ref": "#/components/schemas/Id"}}
    found = {
        "get /a": {"responses": {"200": {"content": {"application/json": whole}}}},
        "get /b": {"responses": {"200": {"content": {"application/json": {**whole, "example": {"id": "x"}}}}}},
    }
    made = {"components": {"schemas": {"Id": {"properties": {"id": {"type": "string", "format": "uuid"}}}}}}

    assert manners.without_example(found.items()) == ["get /a 200"]
    assert manners.wrong_examples(found.items(), made) == ['get /b 200: id: "x" is not a "uuid"']


def test_the_page_of_problems_is_what_the_code_says():
    list(manners.handlers())  # loads all views, which load all errors

    assert (CHECKOUT / "docs" / "problems.md").read_text("utf-8") == problem_pages.markdown(), "run `make problems`"
