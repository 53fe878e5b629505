"""Orders of whoever is logged in: addresses out of the book, a list, and what a guest's token opens, by the login."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.contracts import SavedAddress
from apps.orders.models import Order, Owner
from apps.orders.services.create_order import Buyer
from apps.orders.services.place_order import place_order
from apps.orders.tests.doubles import ADDRESS as WRITTEN
from apps.orders.tests.test_http import ADDRESS, UNUSED, body
from shop import clock
from shop.addresses import PostalAddress
from shop.ids import uuid7
from shop.ports import count_calls
from shop.testing.http import send
from shop.testing.ports import fake_ports
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")

ADA, EVE = uuid7(), uuid7()
HOME, OFFICE = uuid7(), uuid7()
SAVED = {
    HOME: PostalAddress("Ada", "Home 1", "DE", postal_code="10115", city="Berlin"),
    OFFICE: PostalAddress("Ada", "Office 2", "DE", postal_code="10117", city="Berlin"),
}


@pytest.fixture
def book():
    """Accounts, where Ada keeps two addresses."""

    def get_addresses(*, user_id: UUID, address_ids: tuple[UUID, ...]) -> tuple[SavedAddress, ...]:
        return tuple(SavedAddress(one, SAVED[one], "") for one in address_ids if one in SAVED and user_id == ADA)

    with fake_ports(accounts={"get_addresses": get_addresses}):
        yield


def login(user_id: UUID = ADA) -> dict[str, str]:
    return {"authorization": bearer("customer", user_id)}


def place(world: Any, key: str = "k1", user_id: UUID = ADA, **changes: Any) -> Any:
    data = body(world, **changes)
    if "shipping_address_id" in changes:
        del data["shipping_address"]
    return send("POST", "/orders", data, idempotency_key=key, **login(user_id))


def test_addresses_come_out_of_the_book_and_are_copied(world, book):
    with count_calls() as calls:
        answer = place(world, shipping_address_id=str(HOME), billing_address_id=str(OFFICE))

    got = answer.json()
    assert answer.status_code == 201
    assert (got["shipping_address"]["line1"], got["billing_address"]["line1"]) == ("Home 1", "Office 2")
    assert calls.count("accounts.get_addresses") == 1
    assert Order.objects.get().customer_id == ADA


def test_one_address_of_the_book_serves_for_both(world, book):
    got = place(world, shipping_address_id=str(HOME)).json()

    assert got["billing_address"] == got["shipping_address"] == {**ADDRESS, **UNUSED, "line1": "Home 1"}


@pytest.mark.parametrize("user_id", [ADA, EVE])
def test_an_id_that_is_not_in_the_callers_book_is_a_wrong_value(world, book, user_id):
    wanted = uuid7() if user_id == ADA else HOME

    answer = place(world, user_id=user_id, shipping_address_id=str(wanted))

    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/shipping_address_id", "not_found")]
    assert not Order.objects.exists()


def test_a_guest_has_no_book(world):
    data = body(world, shipping_address_id=str(HOME))
    del data["shipping_address"]

    answer = send("POST", "/orders", data, idempotency_key="k1")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/shipping_address_id")


def test_no_address_at_all_is_refused(world):
    data = body(world)
    del data["shipping_address"]

    answer = send("POST", "/orders", data, idempotency_key="k1")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/shipping_address")


def test_the_customer_opens_pays_and_cancels_their_order_by_their_login(world):
    number = place(world).json()["number"]

    shown = send("GET", f"/orders/{number}", **login())
    sheet = send("GET", f"/orders/{number}/payment", **login())
    cancelled = send("POST", f"/orders/{number}/cancel", {}, **login())

    assert (shown.status_code, shown.json()["number"]) == (200, number)
    assert sheet.json()["client_secret"] == "pi_1_secret"
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")


@pytest.mark.parametrize("guest", [True, False])
def test_what_opens_the_payment_sheet_is_never_for_staff_but_of_their_own_order(world, guest):
    placed = send("POST", "/orders", body(world), idempotency_key="k1") if guest else place(world)
    number, all_rights = placed.json()["number"], ("orders:read", "orders:fulfil", "orders:refund", "payments:read")
    staff = {"authorization": bearer("staff", EVE, all_rights)}

    for path in ("/payment", "?expand=payment", "?fields=number&expand=lines.product,payment"):
        refused = send("GET", f"/orders/{number}{path}", **staff)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert b"secret" not in refused.content.replace(b"client secret", b"")
    assert "payment" not in send("GET", f"/orders/{number}", **staff).json()

    owner = {"authorization": bearer("staff", ADA, all_rights)}
    seen = send("GET", f"/orders/{number}/payment", **owner)
    assert (seen.status_code, seen.json().get("client_secret")) == ((403, None) if guest else (200, "pi_1_secret"))


def test_anothers_order_is_as_absent_as_none(world):
    number = place(world).json()["number"]

    for method, path in (("GET", ""), ("GET", "/payment"), ("POST", "/cancel")):
        other = send(method, f"/orders/{number}{path}", **login(EVE)).json()
        absent = send(method, f"/orders/SO-0000-0000{path}", **login(EVE)).json()
        assert (other["status"], other["code"], other["detail"]) == (404, "orders.not_found", absent["detail"])
    assert Order.objects.get().status == "awaiting_payment"


def test_orders_are_listed_to_their_customer_newest_first(world):
    numbers = []
    for age in (3, 1, 2):
        placed = place(world, f"k{age}").json()
        Order.objects.filter(number=placed["number"]).update(created_at=clock.now() - timedelta(days=age))
        numbers.append((age, placed["number"]))
    Order.objects.filter(number=numbers[2][1]).update(status="cancelled", told=False)  # a placement that failed
    place(world, "k9", EVE)

    first = send("GET", "/orders?limit=1", **login())
    second = send("GET", f"/orders?limit=1&after={first.json()['next_cursor']}", **login())

    shown = [page.json()["data"][0] for page in (first, second)]
    assert [one["number"] for one in shown] == [numbers[1][1], numbers[0][1]]
    assert (second.json()["has_more"], shown[0]["total"]) == (False, {"amount": 2495, "currency": "EUR"})
    assert send("GET", "/orders").status_code == 401
    assert send("GET", "/orders?after=x", **login()).status_code == 400


def test_a_guests_token_lists_nothing(world):
    token = send("POST", "/orders", body(world), idempotency_key="k1").json()["token"]

    assert send("GET", "/orders", authorization=f"Bearer {token}").status_code == 403


def test_a_guest_order_of_a_verified_address_is_its_owners_at_once_in_any_spelling(world):
    Owner(user_id=ADA, email="ada@example.com", task="none", due=None).save(force_insert=True)

    placed = send("POST", "/orders", body(world, email="Ada@Example.COM"), idempotency_key="k1").json()

    assert placed["email"] == "ada@example.com"
    assert send("GET", f"/orders/{placed['number']}", **login()).status_code == 200
    assert send("GET", f"/orders/{placed['number']}", authorization=f"Bearer {placed['token']}").status_code == 200


def test_an_order_of_somebody_logged_in_is_theirs_whatever_address_they_write(world):
    Owner(user_id=ADA, email="ada@example.com", task="none", due=None).save(force_insert=True)

    place(world, user_id=EVE, email="ada@example.com")

    assert Order.objects.get().customer_id == EVE


def test_a_repeat_does_not_look_into_the_book_again(world, book):
    buyer = Buyer("ada@example.com", "", HOME, customer_id=ADA)
    order_id = uuid7()
    place_order(order_id=order_id, cart_id=world.cart_id, buyer=buyer)
    with count_calls() as calls:
        again = place_order(order_id=order_id, cart_id=world.cart_id, buyer=Buyer("x@example.com", "", WRITTEN))

    assert again.order.shipping_address["line1"] == "Home 1"
    assert "accounts.get_addresses" not in calls
