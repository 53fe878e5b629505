"""Filling carts over HTTP: live answers, nothing lost between tabs, wrong values named."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError

from apps.cart import queries
from apps.cart.models import Cart, CartLine
from apps.cart.rules import Contents
from apps.cart.services import add_line as adding
from apps.cart.services.add_line import add_line
from apps.cart.services.check_out import check_out
from apps.cart.services.create_cart import create_cart
from apps.cart.services.put_line import put_line
from apps.cart.tests.doubles import offer, shelf
from shop.db import transact
from shop.ids import uuid7
from shop.ports import count_calls
from shop.testing.counting import queries_of
from shop.testing.http import send
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def goods():
    with shelf(offer("A"), offer("B", 250, available=2)) as it:
        yield it


@pytest.fixture
def cart(goods):
    return send("POST", "/carts", {}).json()["id"]


def quantities(cart_id) -> dict[str, int]:
    return dict(CartLine.objects.filter(cart_id=cart_id).values_list("sku", "quantity"))


def test_a_new_cart_is_empty_and_costs_one_write(goods):
    with count_calls() as calls:
        answer = send("POST", "/carts", {"currency": "EUR"})

    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"/api/v1/carts/{body['id']}"
    assert answer["Cache-Control"] == "private, no-store"
    assert (body["lines"], body["total"], body["status"]) == ([], {"amount": 0, "currency": "EUR"}, "open")
    assert [one["code"] for one in body["problems"]] == ["empty"]
    assert calls == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"currency": "XXX"}, "/currency"), ({"curency": "EUR"}, "/curency"), ({"currency": 1}, "/currency")],
)
def test_a_wrong_currency_or_name_is_named(goods, body, pointer):
    answer = send("POST", "/carts", body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert not Cart.objects.exists()


def test_lines_add_up_and_the_answer_is_the_live_quote(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "A", "quantity": 2})
    answer = send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    body = answer.json()
    assert (answer.status_code, answer["ETag"][:4]) == (200, '"r2-')
    assert [(line["sku"], line["quantity"], line["total"]["amount"]) for line in body["lines"]] == [("A", 3, 3000)]
    assert (body["subtotal"]["amount"], body["shipping"]["amount"], body["total"]["amount"]) == (3000, 495, 3495)
    assert body["problems"] == []


def test_more_than_is_in_stock_is_a_problem_not_a_refusal(cart):
    answer = send("POST", f"/carts/{cart}/lines", {"sku": "B", "quantity": 5})

    assert answer.status_code == 200
    problem = answer.json()["problems"][0]
    assert (problem["code"], problem["sku"], problem["left"]) == ("out_of_stock", "B", 2)


def test_an_unknown_sku_is_refused_and_nothing_is_written(cart):
    answer = send("POST", f"/carts/{cart}/lines", {"sku": "NOPE"})

    assert (answer.status_code, answer.json()["code"]) == (422, "catalog.unknown_sku")
    assert quantities(cart) == {}
    assert Cart.objects.get(pk=cart).revision == 0


@pytest.mark.parametrize("quantity", [0, -1, 1000, "many", None, 10**12])
def test_an_impossible_quantity_is_named(cart, quantity):
    answer = send("POST", f"/carts/{cart}/lines", {"sku": "A", "quantity": quantity})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/quantity")


def test_a_line_never_gets_above_999(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "A", "quantity": 998})

    refused = send("POST", f"/carts/{cart}/lines", {"sku": "A", "quantity": 2})
    accepted = send("POST", f"/carts/{cart}/lines", {"sku": "A", "quantity": 1})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/quantity")
    assert (accepted.status_code, quantities(cart)) == (200, {"A": 999})


def test_the_database_itself_refuses_an_impossible_quantity(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    with pytest.raises(IntegrityError):
        transact("cart", lambda: CartLine.objects.filter(sku="A").update(quantity=1000))


def test_a_cart_has_at_most_100_lines(cart, goods, settings):
    settings.CART_MAX_LINES = 1
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    refused = send("POST", f"/carts/{cart}/lines", {"sku": "B"})
    more = send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/sku")
    assert (more.status_code, quantities(cart)) == (200, {"A": 2})


def test_removing_twice_is_harmless_and_patching_what_is_gone_is_not_found(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    first = send("DELETE", f"/carts/{cart}/lines/A")
    second = send("DELETE", f"/carts/{cart}/lines/A")
    patched = send("PATCH", f"/carts/{cart}/lines/A", {"quantity": 2})

    assert (first.status_code, second.status_code, first.json()["lines"]) == (200, 200, [])
    assert (patched.status_code, patched.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "body", "after"),
    [
        ("PATCH", "/lines/A", {"quantity": 2}, {"A": 2}),
        ("PUT", "/lines/A", {"quantity": 2}, {"A": 2}),
        ("PUT", "/lines/B", {"quantity": 2}, {"A": 1, "B": 2}),
        ("DELETE", "/lines/A", None, {}),
        ("DELETE", "/lines", None, {}),
        ("PATCH", "", {"currency": "USD"}, {"A": 1}),
    ],
)
def test_if_match_is_honoured(cart, method, path, body, after):
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    stale = send(method, f"/carts/{cart}{path}", body, if_match='"r0"')
    strange = send(method, f"/carts/{cart}{path}", body, if_match='"other"')
    untouched = quantities(cart), Cart.objects.get(pk=cart).currency
    good = send(method, f"/carts/{cart}{path}", body, if_match='"r1"')

    assert (stale.status_code, stale.json()["code"]) == (412, "cart.stale")
    assert strange.status_code == 412
    assert untouched == ({"A": 1}, "EUR")
    assert (good.status_code, quantities(cart)) == (200, after)


def test_putting_a_line_is_repeatable_and_makes_it_when_it_is_absent(cart):
    first = send("PUT", f"/carts/{cart}/lines/B", {"quantity": 3})
    second = send("PUT", f"/carts/{cart}/lines/B", {"quantity": 3})
    unknown = send("PUT", f"/carts/{cart}/lines/NOPE", {"quantity": 3})

    assert (first.status_code, second.status_code, quantities(cart)) == (200, 200, {"B": 3})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "catalog.unknown_sku")


def test_clearing_takes_all_lines_and_leaves_the_cart(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})
    send("POST", f"/carts/{cart}/lines", {"sku": "B"})

    first = send("DELETE", f"/carts/{cart}/lines")
    second = send("DELETE", f"/carts/{cart}/lines")

    assert (first.status_code, first.json()["lines"], first.json()["problems"][0]["code"]) == (200, [], "empty")
    assert (second.status_code, quantities(cart)) == (200, {})


def test_setting_and_putting_from_two_tabs_at_once_leaves_what_one_of_them_said(cart):
    calls = [partial(put_line, cart_id=cart, customer_id=None, sku="A", quantity=number) for number in range(1, 9)]

    results = at_once(*calls)

    assert [one for one in results if isinstance(one, BaseException)] == []
    assert quantities(cart)["A"] in range(1, 9)
    assert Cart.objects.get(pk=cart).revision == 8


def test_of_eight_tabs_that_name_one_revision_one_changes_the_cart(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})
    calls = [
        partial(send, "PATCH", f"/carts/{cart}/lines/A", {"quantity": number}, if_match='"r1"')
        for number in range(2, 10)
    ]

    statuses = [answer.status_code for answer in at_once(*calls)]

    assert sorted(statuses) == [200] + [412] * 7
    assert quantities(cart)["A"] == statuses.index(200) + 2


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/lines", {"sku": "A"}),
        ("PATCH", "/lines/A", {"quantity": 1}),
        ("PUT", "/lines/A", {"quantity": 1}),
        ("DELETE", "/lines/A", None),
        ("DELETE", "/lines", None),
        ("PATCH", "", {"currency": "EUR"}),
        ("POST", "/acknowledge", {}),
    ],
)
def test_an_unknown_cart_is_not_found_and_an_ordered_one_is_told(goods, cart, method, path, body):
    send("POST", f"/carts/{cart}/lines", {"sku": "A"})
    transact("cart", partial(check_out, order_id=uuid7(), cart_id=cart, revision=1))

    unknown = send(method, f"/carts/{uuid4()}{path}", body)
    ordered = send(method, f"/carts/{cart}{path}", body)

    assert (unknown.status_code, unknown.json()["code"]) == (404, "cart.not_found")
    assert (ordered.status_code, ordered.json()["code"]) == (409, "cart.ordered")
    assert quantities(cart) == {"A": 1}


def test_a_key_adds_once(cart):
    once = [send("POST", f"/carts/{cart}/lines", {"sku": "A"}, idempotency_key="k1") for _ in range(3)]

    assert {answer.content for answer in once} == {once[0].content}
    assert quantities(cart) == {"A": 1}


def test_each_route_asks_catalog_once_and_says_what_it_costs(cart, goods):
    def cost(*request) -> tuple[int, list[str]]:
        with count_calls() as calls, queries_of("cart") as statements:
            assert send(*request).status_code < 300
        return len(statements), calls

    send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    twice = 2 if _is_strict() else 1
    offers = ["catalog.get_offers"]
    assert cost("GET", f"/carts/{cart}") == (2, offers)
    assert cost("POST", f"/carts/{cart}/lines", {"sku": "A"}) == (6, offers)
    assert cost("POST", f"/carts/{cart}/lines", {"sku": "B"}) == (7, offers)
    assert cost("PATCH", f"/carts/{cart}/lines/A", {"quantity": 1}) == (4, offers)
    assert cost("PUT", f"/carts/{cart}/lines/A", {"quantity": 1}) == (6, offers)
    assert cost("POST", f"/carts/{cart}/acknowledge", {}) == (2, offers)
    assert len(goods.asked[-1]) == 2
    assert len(goods.asked) == 7 * twice


def _is_strict() -> bool:
    from django.conf import settings

    return settings.SHOP_SHAPE == "strict"


def test_eight_tabs_at_once_lose_nothing(cart):
    def add(sku: str) -> object:
        return add_line(cart_id=cart, customer_id=None, sku=sku, quantity=1)

    results = at_once(*[partial(add, "AB"[number % 2]) for number in range(8)])

    assert [one for one in results if isinstance(one, BaseException)] == []
    assert quantities(cart) == {"A": 4, "B": 4}
    assert Cart.objects.get(pk=cart).revision == 8


def test_control_reading_then_writing_loses_what_another_tab_added(cart, monkeypatch):
    """The same race with the guard off shows that the test above can fail."""
    import threading

    everybody_has_read = threading.Barrier(4)

    def naive(cart_id, offer, quantity) -> None:
        present = CartLine.objects.get(cart_id=cart_id, sku=offer.sku)
        everybody_has_read.wait(10)
        CartLine.objects.filter(pk=present.pk).update(quantity=present.quantity + quantity)

    send("POST", f"/carts/{cart}/lines", {"sku": "A"})

    def unguarded(_cart_id, change, **_) -> Contents:
        change()
        return queries.read_contents(cart, None)

    monkeypatch.setattr(adding, "change_cart", unguarded)
    monkeypatch.setattr(adding, "_update_or_insert", naive)

    at_once(*[partial(add_line, cart_id=cart, customer_id=None, sku="A", quantity=1) for _ in range(4)])

    assert quantities(cart)["A"] < 5


def test_a_cart_is_made_by_the_service_too(goods):
    assert create_cart(currency="EUR")[0].lines == ()


def test_while_payments_is_away_the_quote_lacks_only_its_minimum(cart, goods):
    goods.put(offer("CHEAP", 10))
    goods.minimum, goods.payments_is_away = 1000, True
    added = send("POST", f"/carts/{cart}/lines", {"sku": "CHEAP", "quantity": 1}).json()
    assert added["problems"] == []

    goods.payments_is_away = False
    assert [one["code"] for one in send("GET", f"/carts/{cart}").json()["problems"]] == ["below_minimum"]
