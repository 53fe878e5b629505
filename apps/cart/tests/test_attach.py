"""A customer's cart: theirs alone, one that is open, and what becomes of the cart of their time as a guest."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError

from apps.cart import api
from apps.cart.contracts import CartNotFound
from apps.cart.models import Cart, CartLine
from apps.cart.services.check_out import check_out
from apps.cart.tests.doubles import offer, shelf
from shop.db import transact
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def goods():
    with shelf(offer("A", available=10), offer("B", 250, available=5), offer("C", 100)) as it:
        yield it


class Person:
    """A customer who is logged in, or with `id` None a guest."""

    def __init__(self, *, guest: bool = False) -> None:
        self.id = None if guest else uuid7()
        self.headers = {} if guest else {"authorization": bearer(subject=self.id)}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return send(method, path, body, **self.headers, **headers)

    def cart(self, **quantities: int) -> str:
        cart = self.send("POST", "/carts", {}).json()["id"]
        for sku, quantity in quantities.items():
            assert self.send("POST", f"/carts/{cart}/lines", {"sku": sku, "quantity": quantity}).status_code == 200
        return str(cart)

    def attach(self, cart: str, strategy: str | None = None, **headers: str) -> Any:
        return self.send("POST", f"/carts/{cart}/attach", {"strategy": strategy} if strategy else {}, **headers)


def guest_cart(**quantities: int) -> str:
    return Person(guest=True).cart(**quantities)


def lines(answer: Any) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in answer.json()["lines"]}


def statuses() -> list[str]:
    return sorted(Cart.objects.values_list("status", flat=True))


def order(cart: str) -> None:
    found = Cart.objects.get(pk=cart)
    transact("cart", partial(check_out, order_id=uuid7(), cart_id=found.pk, revision=found.revision))


# --- whose cart it is -------------------------------------------------------------------------------------------------


def test_a_customer_has_one_open_cart_however_often_it_is_asked_for():
    ada = Person()
    assert ada.send("GET", "/me/cart").status_code == 404

    first = ada.send("POST", "/carts", {})
    second = ada.send("POST", "/carts", {"currency": "USD"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"] == ada.send("GET", "/me/cart").json()["id"]
    assert second.json()["currency"] == "EUR"
    assert list(Cart.objects.values_list("customer_id", flat=True)) == [ada.id]


def test_the_database_itself_keeps_a_second_open_cart_of_a_customer_out_but_not_a_second_ordered_one():
    ada = Person()
    order(ada.cart(A=1))
    order(ada.cart(A=1))
    ada.cart(A=1)

    with pytest.raises(IntegrityError):
        transact("cart", Cart(currency="EUR", customer_id=ada.id).save)
    assert statuses() == ["open", "ordered", "ordered"]


def test_guests_may_have_as_many_as_they_like():
    assert len({guest_cart() for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"currency": "USD"}),
        ("POST", "/lines", {"sku": "A"}),
        ("DELETE", "/lines", None),
        ("PUT", "/lines/A", {"quantity": 7}),
        ("PATCH", "/lines/A", {"quantity": 7}),
        ("DELETE", "/lines/A", None),
        ("POST", "/acknowledge", {}),
        ("POST", "/attach", {}),
    ],
)
def test_a_customers_cart_is_absent_for_everybody_else(method, path, body):
    mine = Person().cart(A=1)
    eve, guest = Person(), Person(guest=True)

    for person in (eve, guest) if path != "/attach" else (eve,):
        theirs = person.send(method, f"/carts/{mine}{path}", body)
        absent = person.send(method, f"/carts/{uuid7()}{path}", body)
        told = [{**answer.json(), "instance": "", "request_id": ""} for answer in (theirs, absent)]
        assert told[0] == told[1]
        assert (theirs.status_code, told[0]["code"]) == (404, "cart.not_found")

    row = Cart.objects.get(pk=mine)
    assert (row.revision, row.currency, list(row.lines.values_list("sku", "quantity"))) == (1, "EUR", [("A", 1)])


def test_a_customers_cart_is_quoted_for_its_owner_only():
    ada = Person()
    cart = Cart.objects.get(pk=ada.cart(A=1)).pk

    assert api.get_quote(cart_id=cart, customer_id=ada.id).lines[0].sku == "A"
    for other in (None, uuid7()):
        with pytest.raises(CartNotFound):
            api.get_quote(cart_id=cart, customer_id=other)


def test_my_cart_needs_a_login_and_an_order_token_is_none():
    from shop.http.authentication import issue_order_token

    assert send("GET", "/me/cart").status_code == 401
    assert send("POST", f"/carts/{guest_cart()}/attach", {}).status_code == 401
    assert send("GET", "/me/cart", authorization=f"Bearer {issue_order_token(uuid7())}").status_code == 403


# --- attach and merge -------------------------------------------------------------------------------------------------


def test_without_a_cart_of_their_own_the_guests_becomes_the_customers():
    ada, guest = Person(), guest_cart(A=2, B=1)

    attached = ada.attach(guest)

    assert (attached.status_code, attached.json()["id"], lines(attached)) == (200, guest, {"A": 2, "B": 1})
    assert attached.json()["adjusted"] == []
    assert ada.send("GET", "/me/cart").json()["id"] == guest
    assert send("GET", f"/carts/{guest}").status_code == 404


def test_quantities_add_up_to_the_stock_and_what_did_not_fit_is_told():
    ada = Person()
    mine, guest = ada.cart(A=2, B=3), guest_cart(B=4, C=1)

    merged = ada.attach(guest, "merge")

    assert (merged.json()["id"], lines(merged)) == (mine, {"A": 2, "B": 5, "C": 1})
    assert merged.json()["adjusted"] == [{"sku": "B", "wanted": 7, "quantity": 5, "code": "out_of_stock"}]
    assert merged.json()["problems"] == []
    assert merged["ETag"].startswith(f'"r{Cart.objects.get(pk=mine).revision}-')
    assert statuses() == ["merged", "open"]
    assert not CartLine.objects.filter(cart_id=guest).exists()


def test_quantities_add_up_to_999(goods):
    goods.put(offer("A", available=5000))
    ada, guest = Person(), guest_cart(A=600)
    ada.cart(A=600)

    merged = ada.attach(guest)

    assert lines(merged) == {"A": 999}
    assert merged.json()["adjusted"] == [{"sku": "A", "wanted": 1200, "quantity": 999, "code": "quantity_limit"}]


@pytest.mark.parametrize(("strategy", "kept"), [("keep_mine", {"A": 2}), ("take_guest", {"A": 1, "C": 3})])
def test_the_customer_may_choose_one_of_the_two(strategy, kept):
    ada = Person()
    mine, guest = ada.cart(A=2), guest_cart(A=1, C=3)

    answer = ada.attach(guest, strategy)

    assert (answer.json()["id"], lines(answer)) == (mine, kept)
    assert CartLine.objects.count() == len(kept)


def test_a_strategy_that_is_none_is_named():
    ada, guest = Person(), guest_cart(A=1)
    for strategy in ("", "all", 1, ["merge"], {"$gt": ""}, None):
        answer = ada.send("POST", f"/carts/{guest}/attach", {"strategy": strategy})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/strategy")
    assert Cart.objects.get(pk=guest).customer_id is None


def test_attaching_again_answers_the_survivor_and_changes_nothing():
    ada = Person()
    adopted = guest_cart(A=1)
    first = [ada.attach(adopted) for _ in range(3)]
    merged = guest_cart(A=2)
    second = [ada.attach(merged) for _ in range(3)]

    assert [lines(answer) for answer in first] == [{"A": 1}] * 3
    assert [(answer.json()["id"], lines(answer)) for answer in second] == [(adopted, {"A": 3})] * 3
    assert {answer.json()["revision"] for answer in second} == {second[0].json()["revision"]}


def test_a_key_of_a_customer_attaches_once_and_is_nobody_elses():
    ada, guest = Person(), guest_cart(A=1)

    first, again = (ada.attach(guest, idempotency_key="k") for _ in range(2))
    eve = Person().attach(guest, idempotency_key="k")

    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert eve.status_code == 404


def test_the_old_id_tells_its_owner_where_the_lines_are_and_nobody_else_anything():
    ada = Person()
    mine, guest = ada.cart(A=1), guest_cart(B=1)
    ada.attach(guest)

    told = ada.send("POST", f"/carts/{guest}/lines", {"sku": "A"})

    assert (told.status_code, told.json()["code"], told.json()["params"]) == (409, "cart.merged", {"cart_id": mine})
    assert send("GET", f"/carts/{guest}").status_code == 404
    assert Person().send("GET", f"/carts/{guest}").status_code == 404
    assert Person().attach(guest).status_code == 404


def test_an_ordered_cart_is_not_attached():
    guest = guest_cart(A=1)
    order(guest)

    refused = Person().attach(guest)

    assert (refused.status_code, refused.json()["code"]) == (409, "cart.ordered")


def test_carts_in_two_currencies_merge_in_the_customers_and_the_price_must_be_acknowledged(goods):
    goods.prices = {("A", "USD"): 1100}
    ada = Person()
    mine, guest = ada.cart(C=1), send("POST", "/carts", {"currency": "USD"}).json()["id"]
    send("POST", f"/carts/{guest}/lines", {"sku": "A"})

    merged = ada.attach(guest).json()

    assert (merged["id"], merged["currency"], merged["subtotal"]["amount"]) == (mine, "EUR", 1100)
    [problem] = merged["problems"]
    assert (problem["code"], problem["old"]) == ("price_changed", {"amount": 1100, "currency": "USD"})
    assert problem["new"] == {"amount": 1000, "currency": "EUR"}


def test_taking_the_guests_cart_takes_its_currency(goods):
    goods.prices = {("A", "USD"): 1100}
    ada = Person()
    ada.cart(C=1)
    guest = send("POST", "/carts", {"currency": "USD"}).json()["id"]
    send("POST", f"/carts/{guest}/lines", {"sku": "A"})

    taken = ada.attach(guest, "take_guest").json()

    assert (taken["currency"], taken["subtotal"]["amount"], taken["problems"]) == ("USD", 1100, [])


def test_a_merged_cart_has_no_more_lines_than_any_other(settings):
    settings.CART_MAX_LINES = 2
    ada, guest = Person(), guest_cart(B=2, C=3)
    ada.cart(A=1)

    merged = ada.attach(guest)

    assert lines(merged) == {"A": 1, "B": 2}
    assert merged.json()["adjusted"] == [{"sku": "C", "wanted": 3, "quantity": 0, "code": "too_many_lines"}]


# --- a cart that comes back -------------------------------------------------------------------------------------------


def test_a_cart_that_comes_back_from_an_order_is_merged_into_the_one_that_is_open_by_now():
    ada = Person()
    first = Cart.objects.get(pk=ada.cart(A=2, B=1))
    order_id = uuid7()
    api.check_out(order_id=order_id, cart_id=first.pk, revision=first.revision)
    second = ada.cart(A=3)

    assert api.reopen(order_id=order_id, cart_id=first.pk) is True
    assert api.reopen(order_id=order_id, cart_id=first.pk) is True

    mine = ada.send("GET", "/me/cart")
    assert (mine.json()["id"], lines(mine)) == (second, {"A": 3, "B": 1})
    assert ada.send("GET", f"/carts/{first.pk}").json()["params"] == {"cart_id": second}
    assert statuses() == ["merged", "open"]


def test_a_customers_cart_that_comes_back_alone_is_as_it_was():
    ada = Person()
    cart = Cart.objects.get(pk=ada.cart(A=2))
    order_id = uuid7()
    api.check_out(order_id=order_id, cart_id=cart.pk, revision=cart.revision)
    assert ada.send("GET", "/me/cart").status_code == 404

    assert api.reopen(order_id=order_id, cart_id=cart.pk) is True

    assert lines(ada.send("GET", "/me/cart")) == {"A": 2}
