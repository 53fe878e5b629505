"""Idempotency-Key where nobody is known yet: it repeats a request, and opens no stranger's cart."""

from __future__ import annotations

from functools import partial
from uuid import NAMESPACE_URL, uuid1, uuid4, uuid5

import pytest

from apps.cart.models import Cart
from apps.cart.tests.doubles import offer, shelf
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.races import at_once
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def goods():
    with shelf(offer("A")) as it:
        yield it


@pytest.mark.parametrize("key", [str(uuid4()), uuid4().hex, str(uuid7()), str(uuid4()).upper(), "9f" * 4 + uuid4().hex])
def test_a_random_key_makes_one_cart(key):
    first, again = (send("POST", "/carts", {}, idempotency_key=key) for _ in range(2))

    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert Cart.objects.count() == 1


@pytest.mark.parametrize(
    "key",
    [
        "1",
        "cart",
        "create-cart-2026-11-27-0001",
        "2026-11-27T05:37:29.123456Z",
        "a" * 255,
        "0" * 32,
        "00000000-0000-4000-8000-000000000001",
        str(uuid1()),
        str(uuid5(NAMESPACE_URL, "cart")),
        uuid4().hex[:31],
        f"{{{uuid4()}}}",
    ],
)
def test_a_key_that_can_be_guessed_opens_no_strangers_cart(key):
    mine, strangers = (send("POST", "/carts", {}, idempotency_key=key) for _ in range(2))

    assert (mine.status_code, strangers.status_code) == (201, 201)
    assert mine.json()["id"] != strangers.json()["id"]
    assert "Idempotent-Replayed" not in strangers.headers


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "\x7f"])
def test_a_key_that_is_none_is_refused(key):
    answer = send("POST", "/carts", {}, idempotency_key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_invalid")
    assert not Cart.objects.exists()


def test_a_customers_key_may_be_any_and_is_theirs_alone():
    ada, eve = bearer(), bearer()

    first, again, hers = (send("POST", "/carts", {}, idempotency_key="1", authorization=one) for one in (ada, ada, eve))

    assert first.content == again.content
    assert hers.json()["id"] != first.json()["id"]


def test_of_eight_posts_with_one_key_at_once_one_makes_a_cart():
    key = uuid4().hex

    answers = at_once(*[partial(send, "POST", "/carts", {}, idempotency_key=key)] * 8)

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == Cart.objects.count() == 1


def test_a_key_of_a_cart_is_of_no_use_for_another_one():
    first, second = (send("POST", "/carts", {}).json()["id"] for _ in range(2))

    answers = [send("POST", f"/carts/{one}/lines", {"sku": "A"}, idempotency_key="k") for one in (first, second)]

    assert [answer.json()["id"] for answer in answers] == [first, second]
