"""What the buyer saw: a changed price is shown until it is acknowledged, in any currency."""

from __future__ import annotations

from functools import partial

import pytest

from apps.cart.models import Cart, CartLine
from apps.cart.services.acknowledge_prices import acknowledge_prices
from apps.cart.services.add_line import add_line
from apps.cart.tests.doubles import offer, shelf
from shop.testing.http import send
from shop.testing.races import at_once, happens_before

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def goods():
    with shelf(offer("A"), offer("B", 250)) as it:
        it.prices = {("A", "USD"): 1100}
        yield it


@pytest.fixture
def cart(goods):
    made = send("POST", "/carts", {}).json()["id"]
    send("POST", f"/carts/{made}/lines", {"sku": "A"})
    goods.put(offer("A", 1200))
    return made


def codes(body) -> list[str]:
    return [one["code"] for one in body["problems"]]


def test_a_changed_price_is_told_with_old_and_new_and_counts_at_once(cart):
    found = send("GET", f"/carts/{cart}").json()

    assert found["subtotal"] == {"amount": 1200, "currency": "EUR"}
    assert found["problems"] == [
        {
            "code": "price_changed",
            "detail": "Mug A costs 12.00 EUR now; it was 10.00 EUR.",
            "sku": "A",
            "left": None,
            "old": {"amount": 1000, "currency": "EUR"},
            "new": {"amount": 1200, "currency": "EUR"},
            "action": "acknowledge",
        }
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("POST", "/lines", {"sku": "A"}),
        ("POST", "/lines", {"sku": "B"}),
        ("PUT", "/lines/A", {"quantity": 3}),
        ("PATCH", "/lines/A", {"quantity": 3}),
        ("DELETE", "/lines/B", None),
    ],
)
def test_nothing_but_the_acknowledgement_takes_it_away(cart, method, path, body):
    assert codes(send(method, f"/carts/{cart}{path}", body).json()) == ["price_changed"]
    assert codes(send("GET", f"/carts/{cart}").json()) == ["price_changed"]


def test_acknowledging_accepts_the_live_price_and_repeating_it_writes_nothing(cart):
    before = Cart.objects.get(pk=cart).revision

    answers = [send("POST", f"/carts/{cart}/acknowledge", {}) for _ in range(2)]

    assert [(one.status_code, one.json()["problems"]) for one in answers] == [(200, [])] * 2
    assert [one["ETag"].partition("-")[0] for one in answers] == [f'"r{before + 1}'] * 2
    assert codes(send("GET", f"/carts/{cart}").json()) == []


def test_a_price_that_changes_again_must_be_acknowledged_again(cart, goods):
    send("POST", f"/carts/{cart}/acknowledge", {})
    goods.put(offer("A", 900))

    [problem] = send("GET", f"/carts/{cart}").json()["problems"]

    assert (problem["old"]["amount"], problem["new"]["amount"]) == (1200, 900)


def test_what_is_not_sold_any_more_is_not_acknowledged_away(cart, goods):
    del goods.offers["A"]

    answer = send("POST", f"/carts/{cart}/acknowledge", {})

    assert (answer.status_code, codes(answer.json())) == (200, ["unavailable"])


@pytest.mark.parametrize("name", ["price", "unit_price", "prices", "lines", "total"])
def test_a_price_that_the_client_brings_is_refused(cart, name):
    price = {"amount": 1, "currency": "EUR"}
    refused = [
        send("POST", f"/carts/{cart}/acknowledge", {name: price}),
        send("POST", f"/carts/{cart}/lines", {"sku": "B", name: price}),
        send("PUT", f"/carts/{cart}/lines/B", {"quantity": 1, name: price}),
        send("PATCH", f"/carts/{cart}/lines/A", {"quantity": 1, name: price}),
        send("PATCH", f"/carts/{cart}", {"currency": "EUR", name: price}),
    ]

    assert {(one.status_code, one.json()["errors"][0]["pointer"]) for one in refused} == {(422, f"/{name}")}
    assert list(CartLine.objects.values_list("sku", "seen_minor")) == [("A", 1000)]


def test_a_key_acknowledges_once(cart, goods):
    first = send("POST", f"/carts/{cart}/acknowledge", {}, idempotency_key="k")
    goods.put(offer("A", 1500))
    again = send("POST", f"/carts/{cart}/acknowledge", {}, idempotency_key="k")

    assert first.content == again.content
    assert codes(send("GET", f"/carts/{cart}").json()) == ["price_changed"]


def test_tabs_that_acknowledge_and_add_at_once_lose_nothing(cart):
    known = Cart.objects.get(pk=cart).pk
    calls = [partial(acknowledge_prices, cart_id=known, customer_id=None)] * 4
    calls += [partial(add_line, cart_id=known, customer_id=None, sku="A", quantity=1)] * 4

    results = at_once(*calls)

    assert [one for one in results if isinstance(one, BaseException)] == []
    assert list(CartLine.objects.values_list("quantity", "seen_minor")) == [(5, 1200)]


# --- currencies -------------------------------------------------------------------------------------------------------


def test_another_currency_prices_all_lines_anew_and_one_without_a_price_becomes_a_problem(cart):
    send("POST", f"/carts/{cart}/lines", {"sku": "B", "quantity": 2})

    changed = send("PATCH", f"/carts/{cart}", {"currency": "USD"}).json()

    assert changed["currency"] == "USD"
    assert [(line["sku"], line["unit_price"]["amount"]) for line in changed["lines"]] == [("A", 1100), ("B", 0)]
    assert changed["subtotal"] == {"amount": 1100, "currency": "USD"}
    [problem] = changed["problems"]
    assert (problem["code"], problem["sku"], problem["action"]) == ("currency_missing", "B", "change_currency")
    assert problem["detail"] == "Mug B is not sold in USD, but in EUR."


def test_there_and_back_is_the_same_cart(cart):
    send("POST", f"/carts/{cart}/acknowledge", {})
    send("POST", f"/carts/{cart}/lines", {"sku": "B"})
    before = send("GET", f"/carts/{cart}").json()

    send("PATCH", f"/carts/{cart}", {"currency": "USD"})
    after = send("PATCH", f"/carts/{cart}", {"currency": "EUR"}).json()

    for changing in ("revision", "expires_at"):
        before.pop(changing), after.pop(changing)
    assert after == before


def test_adding_what_has_no_price_in_the_carts_currency_is_refused_and_says_where_it_has_one(cart):
    send("PATCH", f"/carts/{cart}", {"currency": "USD"})

    refused = send("POST", f"/carts/{cart}/lines", {"sku": "B"})

    assert (refused.status_code, refused.json()["code"]) == (422, "catalog.unknown_sku")
    assert refused.json()["detail"] == "There is no B for sale in USD; it is in EUR."


def test_a_line_that_came_in_while_the_currency_changed_shows_what_was_seen_in_the_old_one(cart, goods):
    goods.prices["B", "USD"] = 300
    known = Cart.objects.get(pk=cart).pk
    rival = partial(add_line, cart_id=known, customer_id=None, sku="B", quantity=1)

    with happens_before("apps.cart.services.change_currency.change_cart", rival):
        changed = send("PATCH", f"/carts/{cart}", {"currency": "USD"}).json()

    [problem] = changed["problems"]
    assert (problem["code"], problem["sku"]) == ("price_changed", "B")
    assert (problem["old"], problem["new"]["amount"]) == ({"amount": 250, "currency": "EUR"}, 300)


@pytest.mark.parametrize("currency", ["XXX", "eur", "", None, 1, ["EUR"], {"$gt": ""}])
def test_a_currency_that_is_none_is_named(cart, currency):
    answer = send("PATCH", f"/carts/{cart}", {"currency": currency})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/currency")


def test_a_row_of_an_older_version_has_the_carts_currency(cart):
    from shop.db import transact

    transact("cart", lambda: CartLine.objects.update(seen_currency=""))
    assert send("GET", f"/carts/{cart}").json()["problems"][0]["old"] == {"amount": 1000, "currency": "EUR"}

    send("PATCH", f"/carts/{cart}", {"currency": "USD"})
    assert send("GET", f"/carts/{cart}").json()["problems"] == []
