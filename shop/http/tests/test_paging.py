"""Keyset pages: complete, stable, and safe against any cursor."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db.models import QuerySet
from django.test import RequestFactory

from shop.errors import Invalid, Malformed
from shop.http.paging import (
    asked_page,
    bound_to,
    decode_cursor,
    encode_cursor,
    included,
    joined,
    limit_of,
    list_answer,
    list_of,
    next_link,
    rows_of,
    wants_total,
)
from shop.models import OutboxRow

LIST = "/api/v1/rows"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def rows(database) -> list[OutboxRow]:
    made = [
        OutboxRow(
            id=UUID(int=n), event_id=UUID(int=n), name=f"n{n % 3}", destination="x", key="k", payload="",
            attempts=n % 4, due_at=START + timedelta(milliseconds=n % 5),
        )
        for n in range(1, 24)
    ]  # fmt: skip
    OutboxRow.objects.using("orders").bulk_create(made)
    return made


ORDERS = [
    ("id",),
    ("-id",),
    ("name", "id"),
    ("-attempts", "id"),
    ("name", "-attempts", "id"),
    ("-due_at", "name", "-id"),
]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("as_values", [False, True])
@pytest.mark.parametrize("limit", [1, 7, 23, 100])
def test_pages_put_together_are_the_whole_list(rows, order, as_values, limit):
    queryset: QuerySet[Any, Any] = OutboxRow.objects.using("orders").all()
    queryset = queryset.values("id", "name", "attempts", "due_at") if as_values else queryset
    seen, after, pages = [], None, 0

    while True:
        page, after = rows_of(queryset, order=order, limit=limit, after=after, of=LIST)
        seen += [row["id"] if as_values else row.id for row in page]
        pages += 1
        if after is None:
            break

    assert seen == [row.id for row in OutboxRow.objects.using("orders").order_by(*order)]
    assert pages == -(-23 // limit)


def test_a_page_says_how_it_goes_on(rows):
    queryset, pages = OutboxRow.objects.using("orders").values("id"), RequestFactory()

    def ask(**query: str) -> dict[str, Any]:
        return asked_page(pages.get(LIST, query), queryset, order=("id",), render=lambda row: row["id"].int)[0]

    page = ask(include="total")
    rest = ask(after=page["next_cursor"])

    assert page["data"] == list(range(1, 21))
    assert page["has_more"] is True
    assert page["total"] == 23
    assert rest == {"data": [21, 22, 23], "has_more": False, "next_cursor": None}


def test_a_row_that_was_added_behind_the_reader_is_neither_missed_nor_shown_twice(rows):
    queryset = OutboxRow.objects.using("orders").all()
    first, after = rows_of(queryset, order=("-id",), limit=3, after=None, of=LIST)
    newer = OutboxRow(id=UUID(int=99), event_id=UUID(int=99), name="n", destination="x", key="k", payload="")
    newer.save(using="orders")

    second, _ = rows_of(queryset, order=("-id",), limit=3, after=after, of=LIST)

    assert [row.id.int for row in first + second] == [23, 22, 21, 20, 19, 18]


def forge(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


ORDER = ("name", "-attempts", "id")
GOOD = [["s", "n1"], ["i", "2"], ["u", str(UUID(int=1))]]
WRONG = {
    "words": "nonsense",
    "not base64": "%%%",
    "not ascii": "ä",
    "surrogate": "\ud800",
    "too long": "a" * 5000,
    "an object": forge({}),
    "no list": forge("name"),
    "another ordering": encode_cursor(("name", "attempts", "id"), ["n1", 2, UUID(int=1)], of=LIST),
    "another list": encode_cursor(ORDER, ["n1", 2, UUID(int=1)], of="/api/v1/others"),
    "too few values": forge([bound_to(ORDER, LIST), GOOD[:2]]),
    "unknown kind": forge([bound_to(ORDER, LIST), [["x", "1"], *GOOD[1:]]]),
    "no number": forge([bound_to(ORDER, LIST), [GOOD[0], ["i", "two"], GOOD[2]]]),
    "huge number": forge([bound_to(ORDER, LIST), [GOOD[0], ["i", str(2**63)], GOOD[2]]]),
    "text for a number": forge([bound_to(ORDER, LIST), [GOOD[0], ["s", "two"], GOOD[2]]]),
    "text for an id": forge([bound_to(ORDER, LIST), [GOOD[0], GOOD[1], ["s", "1"]]]),
    "no id": forge([bound_to(ORDER, LIST), [GOOD[0], GOOD[1], ["u", "1"]]]),
    "NUL": forge([bound_to(ORDER, LIST), [["s", "\0"], *GOOD[1:]]]),
    "null": forge([bound_to(ORDER, LIST), [None, *GOOD[1:]]]),
}


@pytest.mark.parametrize("cursor", WRONG.values(), ids=WRONG.keys())
def test_a_cursor_that_we_did_not_make_is_400(cursor):
    with pytest.raises(Malformed):
        rows_of(OutboxRow.objects.using("orders").all(), order=ORDER, limit=5, after=cursor, of=LIST)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "now"])
def test_a_time_that_is_none_in_utc_is_400(rows, at):
    order = ("-due_at", "id")
    cursor = forge([bound_to(order, LIST), [["t", at], ["u", str(UUID(int=1))]]])
    with pytest.raises(Malformed):
        rows_of(OutboxRow.objects.using("orders").all(), order=order, limit=5, after=cursor, of=LIST)


def test_a_cursor_that_we_made_is_taken(rows):
    """The control of the test before: what is wrong there is all that is wrong."""
    page, _ = rows_of(
        OutboxRow.objects.using("orders").all(),
        order=ORDER,
        limit=5,
        after=forge([bound_to(ORDER, LIST), GOOD]),
        of=LIST,
    )
    assert [(row.name, row.attempts) for row in page[:2]] == [("n1", 2), ("n1", 2)]


def goes_on(first: str, second: str) -> bool:
    """Whether the cursor of a page of the first list is one of the second."""
    rows, pages = OutboxRow.objects.using("orders"), RequestFactory()
    asked: Any = {"order": ("id",), "render": lambda row: row.id.int}
    asked["filters"] = ("email", "tag", "status", "fields", "expand")
    cursor = list_answer(pages.get(first), rows, **asked).data["next_cursor"]
    request = pages.get(f"{second}{'&' if '?' in second else '?'}after={cursor}")
    try:
        return bool(list_answer(request, rows, **asked).data["data"])
    except Malformed:
        return False


@pytest.mark.parametrize(
    ("second", "taken"),
    [
        ("/customers?email=a&tag=x&tag=y&limit=2", True),
        ("/customers?tag=y&limit=9&tag=x&email=a&include=total&status=", True),
        ("/customers?email=a&tag=x&tag=y&limit=2&fields=id&expand=b", True),
        ("/staff?email=a&tag=x&tag=y&limit=2", False),
        ("/customers?email=b&tag=x&tag=y&limit=2", False),
        ("/customers?email=a&tag=x&limit=2", False),
        ("/customers?email=a&tag=x&tag=y&limit=2&status=open", False),
    ],
)
def test_a_cursor_goes_on_with_the_list_and_the_filters_that_it_is_of_and_with_no_other(rows, second, taken):
    assert goes_on("/customers?email=a&tag=x&tag=y&limit=2", second) is taken


@pytest.mark.parametrize(
    ("query", "pointer"), [("statsu=open", "/statsu"), ("a/b~=1", "/a~1b~0"), ("fields=id", "/fields")]
)
def test_a_parameter_that_a_list_does_not_have_is_refused_by_its_name(rows, query, pointer):
    request, rows = RequestFactory().get(f"/customers?status=open&{query}"), OutboxRow.objects.using("orders")
    with pytest.raises(Invalid) as refused:
        list_answer(request, rows, order=("id",), render=str, filters=("status",))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, "unknown_parameter")]


def test_what_names_a_list_cannot_be_made_to_look_like_another_one():
    names = {
        list_of(RequestFactory().get(path))
        for path in ("/a?b=c&d=e", "/a?b=c%26d%3De", "/a?b=c%27%29%2C+%28%27d", "/a")
    }
    assert len(names) == 4


def test_a_cursor_keeps_its_values():
    values = ["ü/?", -5, UUID(int=7), START, True]
    order = ("a", "b", "c", "d", "e")

    assert decode_cursor(order, encode_cursor(order, values, of=LIST), of=LIST) == values


def test_null_is_refused_as_a_key():
    with pytest.raises(TypeError, match="may be null"):
        encode_cursor(("a",), [None], of=LIST)


@pytest.mark.parametrize("text", ["0", "101", "-1", "ten", "1.0", "٣", "1e1", "9" * 30])
def test_a_limit_out_of_range_is_422(text):
    with pytest.raises(Invalid) as raised:
        limit_of({"limit": text})

    assert raised.value.errors[0].pointer == "/limit"


def test_a_limit_has_a_default():
    assert [limit_of({}), limit_of({"limit": "1"}), limit_of({"limit": "100"})] == [20, 1, 100]


def test_the_link_keeps_the_other_parameters():
    request = RequestFactory().get("/api/v1/products?category=a%26b&after=old&limit=5")

    assert next_link(request, "new") == '</api/v1/products?category=a%26b&limit=5&after=new>; rel="next"'
    assert next_link(request, None) == ""


def test_rendered_items_are_joined_as_they_are():
    assert msgspec.json.decode(joined([b'{"a":1}', b'{"a":2}'], "c")) == {
        "data": [{"a": 1}, {"a": 2}],
        "has_more": True,
        "next_cursor": "c",
    }
    assert msgspec.json.decode(joined([], None)) == {"data": [], "has_more": False, "next_cursor": None}
    assert msgspec.json.decode(joined([], None, {"total": b"7"}))["total"] == 7


def test_a_list_is_answered_whole_with_its_link(rows):
    request = RequestFactory().get("/api/v1/rows", {"limit": "2", "include": "total"})

    answer = list_answer(request, OutboxRow.objects.using("orders"), order=("id",), render=lambda row: row.id.int)

    assert (answer.data["data"], answer.data["total"], answer.data["has_more"]) == ([1, 2], 23, True)
    assert answer.headers["Link"] == next_link(request, answer.data["next_cursor"])


def test_only_what_is_known_can_be_included():
    assert included({"include": "total,,facets"}, "total", "facets") == {"total", "facets"}
    with pytest.raises(Invalid) as refused:
        wants_total({"include": "everything"})
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/include", "unknown_name")]
