"""Stock over HTTP: who may, what is answered, what is refused, and that a repeat moves nothing twice."""

from __future__ import annotations

import pytest

from apps.catalog import api as catalog
from apps.catalog.contracts import StockLine
from apps.catalog.models import StockLocation, StockMovement
from apps.catalog.services.watch_stock import walk_stock
from apps.catalog.testing.make import make_product, numbers
from shop.ids import uuid7
from shop.testing.counting import queries_of
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
PERSON = uuid7()
RECEIVE = {"kind": "receive", "location": "main", "quantity": 4, "reason": "delivery 17"}


def ask(method: str, path: str, body: object = None, **headers: str):
    headers.setdefault("authorization", bearer("staff", PERSON, ["stock:write"]))
    return send(method, path, body, **headers)


def etag(sku: str = "MUG-BLUE") -> str:
    return str(ask("GET", f"/stock/{sku}").headers["ETag"])


def move(body: object = None, sku: str = "MUG-BLUE", **headers: str):
    headers = {"idempotency_key": uuid7().hex, "if_match": "*", **headers}
    return ask("POST", f"/stock/{sku}/movements", RECEIVE if body is None else body, **headers)


def pointers(answer) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.fixture(autouse=True)
def mugs(database):
    make_product(stock={"MUG-BLUE": 8})
    return ask("POST", "/stock-locations", {"code": "attic", "name": "Attic", "position": 1})


ROUTES = [
    ("GET", "/stock-locations"),
    ("POST", "/stock-locations"),
    ("GET", "/stock-locations/main"),
    ("PATCH", "/stock-locations/main"),
    ("DELETE", "/stock-locations/main"),
    ("GET", "/stock"),
    ("GET", "/stock/MUG-BLUE"),
    ("PATCH", "/stock/MUG-BLUE"),
    ("GET", "/stock/MUG-BLUE/movements"),
    ("POST", "/stock/MUG-BLUE/movements"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_staff_with_the_scope_may(method, path):
    assert send(method, path, {}).status_code == 401
    for token in (bearer(), bearer("staff", uuid7(), ["catalog:write", "prices:write", "orders:fulfil"])):
        answer = send(method, path, {}, authorization=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert StockMovement.objects.count() == 1


def test_a_location_is_made_changed_and_removed(mugs):
    assert mugs.status_code == 201
    assert mugs.headers["Location"] == "/api/v1/stock-locations/attic"
    assert mugs.json() == {"code": "attic", "name": "Attic", "position": 1, "active": True}
    read = ask("GET", "/stock-locations/attic")
    assert (read.json(), read.headers["ETag"]) == (mugs.json(), mugs.headers["ETag"])
    changed = ask("PATCH", "/stock-locations/attic", {"active": False}, if_match=read.headers["ETag"])
    assert changed.json() == {"code": "attic", "name": "Attic", "position": 1, "active": False}
    stale = ask("DELETE", "/stock-locations/attic", if_match=read.headers["ETag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "catalog.stale_stock")
    assert ask("DELETE", "/stock-locations/attic", if_match=changed.headers["ETag"]).status_code == 204
    assert ask("GET", "/stock-locations/attic").json()["code"] == "catalog.location_not_found"
    assert [row["code"] for row in ask("GET", "/stock-locations").json()["data"]] == ["main"]


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[0] in {"PATCH", "DELETE"}])
def test_changes_need_if_match(method, path):
    answer = ask(method, path, {"threshold": 1} if "MUG" in path else {"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/code", "required"), ("/name", "required")]),
        ({"code": "Attic Two", "name": "x"}, [("/code", "invalid")]),
        ({"code": "x" * 41, "name": "x"}, [("/code", "invalid")]),
        ({"code": "loft", "name": "x", "position": 1.5}, [("/position", "invalid")]),
        ({"code": "loft", "name": "x" * 101}, [("/name", "max_length")]),
        ({"code": {"$gt": ""}, "name": "x"}, [("/code", "invalid")]),
        ({"code": "loft", "name": "x", "shelves": 5}, [("/shelves", "unknown_field")]),
    ],
)
def test_a_wrong_location_is_refused(body, expected):
    answer = ask("POST", "/stock-locations", body)
    assert (answer.status_code, pointers(answer)) == (422, expected)
    assert StockLocation.objects.count() == 2


def test_a_code_that_is_taken_and_a_location_in_use_are_conflicts():
    answer = ask("POST", "/stock-locations", {"code": "attic", "name": "Another"})
    assert (answer.status_code, answer.json()["code"]) == (409, "catalog.taken")
    answer = ask("DELETE", "/stock-locations/main", if_match="*")
    assert (answer.status_code, answer.json()["code"]) == (409, "catalog.location_in_use")


def test_stock_is_read_by_location_with_an_etag_of_its_units():
    move({**RECEIVE, "location": "attic", "quantity": 2})
    catalog.reserve_stock(order_id=uuid7(), lines=(StockLine("MUG-BLUE", 1),), hold_seconds=600)
    answer = ask("GET", "/stock/MUG-BLUE")
    assert answer.json() == {
        "sku": "MUG-BLUE",
        "product": "mug",
        "available": 9,
        "held": 1,
        "sold": 0,
        "threshold": None,
        "low_at": 5,
        "low": False,
        "locations": [
            {"location": "main", "name": "Main warehouse", "active": True, "available": 7, "held": 1, "sold": 0},
            {"location": "attic", "name": "Attic", "active": True, "available": 2, "held": 0, "sold": 0},
        ],
    }
    assert ask("GET", "/stock/MUG-BLUE", if_none_match=answer.headers["ETag"]).status_code == 304
    assert answer.headers["Cache-Control"] == "private, no-store"
    catalog.reserve_stock(order_id=uuid7(), lines=(StockLine("MUG-BLUE", 1),), hold_seconds=600)
    assert etag() != answer.headers["ETag"]


def test_goods_that_arrive_are_answered_with_line_and_stock():
    before = etag()
    answer = move(if_match=before)
    assert answer.status_code == 201
    [line] = answer.json()["movements"]
    assert {name: line[name] for name in ("kind", "location", "available", "held", "sold", "reference", "by")} == {
        "kind": "receive",
        "location": "main",
        "available": 4,
        "held": 0,
        "sold": 0,
        "reference": "delivery 17",
        "by": str(PERSON),
    }
    assert answer.json()["stock"]["available"] == 12
    assert answer.headers["ETag"] == etag() != before


def test_a_transfer_answers_both_lines():
    answer = move({**RECEIVE, "kind": "transfer", "to": "attic", "quantity": 3})
    lines = [(line["location"], line["available"]) for line in answer.json()["movements"]]
    assert lines == [("main", -3), ("attic", 3)]
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((5, 0, 0), (3, 0, 0))


def test_a_repeat_with_the_same_key_gets_the_same_answer_and_moves_nothing():
    first = move(idempotency_key="k1", if_match=etag())
    again = move(idempotency_key="k1", if_match='"stale by now"')
    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, first.headers["ETag"])
    assert again.headers["Idempotent-Replayed"] == "true"
    other = move({**RECEIVE, "quantity": 5}, idempotency_key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert numbers("MUG-BLUE") == (12, 0, 0)


def test_a_movement_needs_a_key_and_what_was_seen():
    path = "/stock/MUG-BLUE/movements"
    no_key = ask("POST", path, RECEIVE, if_match="*")
    assert (no_key.status_code, no_key.json()["code"]) == (400, "idempotency.key_required")
    no_match = ask("POST", path, RECEIVE, idempotency_key="k1")
    assert (no_match.status_code, no_match.json()["code"]) == (428, "precondition_required")
    stale = move(if_match='"0123"')
    assert (stale.status_code, stale.json()["code"]) == (412, "catalog.stale_stock")
    assert numbers("MUG-BLUE") == (8, 0, 0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "sell"}, [("/kind", "invalid_choice")]),
        ({"kind": ["receive"]}, [("/kind", "invalid")]),
        ({"quantity": 0}, [("/quantity", "out_of_range")]),
        ({"quantity": -1}, [("/quantity", "out_of_range")]),
        ({"quantity": 1.5}, [("/quantity", "invalid")]),
        ({"quantity": "4"}, [("/quantity", "invalid")]),
        ({"quantity": 1_000_001}, [("/quantity", "max_value")]),
        ({"reason": ""}, [("/reason", "blank")]),
        ({"reason": "x" * 201}, [("/reason", "max_length")]),
        ({"location": "moon"}, [("/location", "unknown_location")]),
        ({"to": "attic"}, [("/to", "transfer")]),
        ({"kind": "transfer"}, [("/to", "transfer")]),
        ({"kind": "transfer", "to": "main"}, [("/to", "same_location")]),
        ({"kind": "transfer", "to": "attic", "quantity": -2}, [("/quantity", "out_of_range")]),
        ({"available": 900}, [("/available", "unknown_field")]),
    ],
)
def test_a_wrong_movement_is_refused(changes, expected):
    answer = move({**RECEIVE, **changes})
    assert (answer.status_code, pointers(answer)) == (422, expected)
    assert numbers("MUG-BLUE") == (8, 0, 0)
    assert StockMovement.objects.count() == 1


def test_more_than_is_free_is_a_conflict():
    answer = move({**RECEIVE, "kind": "adjust", "quantity": -9})
    assert (answer.status_code, answer.json()["code"], answer.json()["params"]["left"]) == (
        409,
        "catalog.out_of_stock",
        8,
    )


@pytest.mark.parametrize("sku", ["NOPE", "%24gt", "x" * 300, "M\u00fcG"])
def test_an_unknown_sku_is_not_found(sku):
    for answer in (ask("GET", f"/stock/{sku}"), ask("GET", f"/stock/{sku}/movements"), move(sku=sku)):
        assert (answer.status_code, answer.json()["code"]) == (404, "catalog.stock_not_found")
    assert ask("PATCH", f"/stock/{sku}", {"threshold": 1}, if_match="*").status_code == 404


def test_the_ledger_pages_newest_first_and_by_kind():
    for quantity in (1, 2, 3):
        move({**RECEIVE, "quantity": quantity})
    move({**RECEIVE, "kind": "adjust", "quantity": -1, "reason": "broke"})
    seen, path = [], "/stock/MUG-BLUE/movements?limit=2"
    while path:
        page = ask("GET", path)
        seen += [line["available"] for line in page.json()["data"]]
        assert page.json()["has_more"] is ("Link" in page.headers)
        path = f"/stock/MUG-BLUE/movements?limit=2&after={page.json()['next_cursor']}" * page.json()["has_more"]
    assert seen == [-1, 3, 2, 1, 8]
    [line] = ask("GET", "/stock/MUG-BLUE/movements?kind=adjust").json()["data"]
    assert (line["available"], line["reference"]) == (-1, "broke")
    assert pointers(ask("GET", "/stock/MUG-BLUE/movements?kind=gift")) == [("/kind", "unknown_kind")]
    assert ask("GET", "/stock/MUG-BLUE/movements?after=garbage").status_code == 400


def test_what_is_low_is_listed_by_sku_in_pages():
    make_product("cup", stock={f"CUP-{number}": number for number in range(1, 8)})
    walk_stock(limit=100)
    first = ask("GET", "/stock?low=true&limit=3").json()
    second = ask("GET", f"/stock?low=true&limit=3&after={first['next_cursor']}").json()
    assert [row["sku"] for row in first["data"] + second["data"]] == [f"CUP-{number}" for number in range(1, 6)]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert {row["low"] for row in first["data"]} == {True}
    everything = ask("GET", "/stock?include=total").json()
    assert (everything["total"], len(everything["data"])) == (8, 8)
    assert pointers(ask("GET", "/stock?low=maybe")) == [("/low", "unknown_value")]


def test_a_list_of_stock_costs_the_same_for_many_skus():
    def cost() -> int:
        with queries_of("catalog") as asked:
            assert ask("GET", "/stock").status_code == 200
        return len(asked)

    few = cost()
    make_product("cup", stock={f"CUP-{number}": number for number in range(1, 8)})
    assert cost() == few


def test_a_threshold_is_set_and_taken_away():
    answer = ask("PATCH", "/stock/MUG-BLUE", {"threshold": 8}, if_match=etag())
    assert answer.status_code == 200
    assert (answer.json()["threshold"], answer.json()["low_at"], answer.json()["low"]) == (8, 8, True)
    stale = ask("PATCH", "/stock/MUG-BLUE", {"threshold": 2}, if_match='"old"')
    assert stale.status_code == 412
    answer = ask("PATCH", "/stock/MUG-BLUE", {"threshold": None}, if_match=answer.headers["ETag"])
    assert (answer.json()["threshold"], answer.json()["low_at"], answer.json()["low"]) == (None, 5, False)
    for wrong in (-1, 1.5, "5", 10**9):
        assert ask("PATCH", "/stock/MUG-BLUE", {"threshold": wrong}, if_match="*").status_code == 422


def test_after_a_crash_the_same_key_finds_the_movement_done():
    """The first request moved the units and died before it kept its answer."""
    from shop.models import IdempotencyKey

    seen = etag()
    first = move(idempotency_key="k1", if_match=seen)
    IdempotencyKey.objects.using("catalog").update(state="running", lease_until="2020-01-01T00:00:00Z", body="")
    again = move(idempotency_key="k1", if_match=seen)
    assert (again.status_code, again.json()["movements"]) == (201, first.json()["movements"])
    assert numbers("MUG-BLUE") == (12, 0, 0)
