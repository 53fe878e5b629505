"""Carts that nobody touches are forgotten, never one that an order has."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from apps.accounts.contracts import AccountDeleted
from apps.cart import api
from apps.cart.models import Cart, CartLine
from apps.cart.services import expire_carts as expiring
from apps.cart.services.forget_customer import forget_customer
from apps.cart.tasks import BATCH, expire_carts
from apps.cart.tests.doubles import offer, shelf
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.ids import uuid7
from shop.testing.counting import queries_of
from shop.testing.drain import drain
from shop.testing.http import send
from shop.testing.races import happens_before
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def goods():
    with shelf(offer("A")) as it:
        yield it


def new_cart(person=None) -> Cart:
    headers = {"authorization": bearer(subject=person)} if person else {}
    made = send("POST", "/carts", {}, **headers).json()["id"]
    send("POST", f"/carts/{made}/lines", {"sku": "A"}, **headers)
    return Cart.objects.get(pk=made)


def days(cart: Cart) -> float:
    return round((Cart.objects.get(pk=cart.pk).expires_at - clock.now()) / timedelta(days=1), 2)


def pass_days(cart: Cart, number: float) -> None:
    rows = Cart.objects.filter(pk=cart.pk)
    transact("cart", lambda: rows.update(expires_at=cart.expires_at - timedelta(days=number)))


def test_a_guests_cart_lives_for_30_days_and_a_customers_for_90():
    assert (days(new_cart()), days(new_cart(uuid7()))) == (30, 90)


def test_both_can_be_set(settings):
    settings.CART_GUEST_DAYS, settings.CART_CUSTOMER_DAYS = 2, 5
    assert (days(new_cart()), days(new_cart(uuid7()))) == (2, 5)


def test_what_is_attached_lives_as_long_as_a_customers():
    cart = new_cart()
    send("POST", f"/carts/{cart.pk}/attach", {}, authorization=bearer())
    assert days(cart) == 90


def test_an_expired_cart_is_absent_before_and_after_its_rows_are_removed():
    cart = new_cart()
    pass_days(cart, 30)

    before = [send("GET", f"/carts/{cart.pk}"), send("POST", f"/carts/{cart.pk}/lines", {"sku": "A"})]
    assert expire_carts() == 1
    after = send("GET", f"/carts/{cart.pk}")

    assert {(one.status_code, one.json()["code"]) for one in [*before, after]} == {(404, "cart.not_found")}
    assert (Cart.objects.count(), CartLine.objects.count()) == (0, 0)
    assert expire_carts() == 0


def test_a_look_keeps_a_cart_alive_and_writes_only_when_a_tenth_of_its_time_is_over():
    cart = new_cart()
    with queries_of("cart") as statements:
        send("GET", f"/carts/{cart.pk}")
    assert len(statements) == 2

    pass_days(cart, 4)
    send("GET", f"/carts/{cart.pk}")
    assert days(cart) == 30
    assert Cart.objects.get(pk=cart.pk).revision == cart.revision


def test_a_cart_that_an_order_has_is_never_removed():
    cart = new_cart()
    order_id = uuid7()
    api.check_out(order_id=order_id, cart_id=cart.pk, revision=cart.revision)
    pass_days(cart, 400)

    assert expire_carts() == 0
    assert api.reopen(order_id=order_id, cart_id=cart.pk) is True
    assert (days(cart), send("GET", f"/carts/{cart.pk}").json()["lines"][0]["sku"]) == (30, "A")


def test_a_merged_cart_is_a_signpost_until_it_expires():
    ada = uuid7()
    new_cart(ada)
    guest = new_cart()
    send("POST", f"/carts/{guest.pk}/attach", {}, authorization=bearer(subject=ada))
    pass_days(guest, 31)

    assert expire_carts() == 1
    assert list(Cart.objects.values_list("customer_id", "status")) == [(ada, "open")]


def test_carts_are_removed_in_batches(monkeypatch):
    carts = [new_cart() for _ in range(5)]
    for cart in carts:
        pass_days(cart, 31)

    assert expiring.expire_carts(limit=2) == 2
    assert expiring.expire_carts(limit=2) == 2
    assert expiring.expire_carts(limit=2) == 1
    assert expire_carts.batch == BATCH == 100


def test_a_cart_that_is_ordered_in_the_last_moment_stays():
    cart, other = new_cart(), new_cart()
    for one in (cart, other):
        pass_days(one, 31)
    rival = partial(api.check_out, order_id=uuid7(), cart_id=cart.pk, revision=cart.revision)

    with happens_before("apps.cart.services.expire_carts.remove_expired", rival):
        assert expire_carts() == 1

    assert list(Cart.objects.values_list("pk", "status")) == [(cart.pk, "ordered")]
    assert list(CartLine.objects.values_list("cart_id", flat=True)) == [cart.pk]


def test_a_customer_whose_cart_has_expired_gets_a_new_one_whenever_the_job_comes():
    ada = uuid7()
    old = new_cart(ada)
    pass_days(old, 90)
    token = bearer(subject=ada)

    assert send("GET", "/me/cart", authorization=token).status_code == 404
    made = send("POST", "/carts", {}, authorization=token)

    assert (made.status_code, made.json()["id"] == str(old.pk)) == (201, False)
    assert list(Cart.objects.values_list("pk", flat=True)) == [Cart.objects.get(pk=made.json()["id"]).pk]


def test_the_job_finds_carts_by_an_index():
    from django.db import connections

    if connections["cart"].vendor != "sqlite":
        pytest.skip("the plan is read on SQLite")
    for query in (
        Cart.objects.filter(status="open", expires_at__lte=clock.now()).order_by("expires_at"),
        Cart.objects.filter(customer_id=uuid7(), status="open"),
        Cart.objects.filter(customer_id=uuid7()),
    ):
        assert "USING INDEX cart_" in query.explain() or "USING COVERING INDEX cart_" in query.explain()


def test_an_account_that_is_deleted_takes_its_cart_with_it():
    ada = uuid7()
    mine, others = new_cart(ada), new_cart()

    transact("accounts", lambda: publish(AccountDeleted(ada, "ada@example.com"), key=str(ada)))
    drain("accounts", "cart")

    assert list(Cart.objects.values_list("pk", flat=True)) == [others.pk]
    assert not CartLine.objects.filter(cart_id=mine.pk).exists()


def test_of_a_customer_who_is_forgotten_no_cart_is_left_but_what_orders_have():
    ada = uuid7()
    ordered = new_cart(ada)
    order_id = uuid7()
    api.check_out(order_id=order_id, cart_id=ordered.pk, revision=ordered.revision)
    new_cart(ada)
    guest, others = new_cart(), new_cart(uuid7())
    send("POST", f"/carts/{guest.pk}/attach", {}, authorization=bearer(subject=ada))

    forget_customer(customer_id=ada)
    forget_customer(customer_id=ada)

    assert not Cart.objects.filter(customer_id=ada).exists()
    assert set(Cart.objects.values_list("pk", "status")) == {(ordered.pk, "ordered"), (others.pk, "open")}
    assert api.reopen(order_id=order_id, cart_id=ordered.pk) is True
