"""Whose saved methods may pay an order: of who was logged in when it was placed, and of nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.orders.models import Owner
from apps.orders.services.place_order import place_order
from apps.orders.tests.doubles import BUYER
from apps.payments.contracts import Payer
from shop import clock
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


def place(world, **buyer):
    return place_order(order_id=uuid7(), cart_id=world.cart_id, buyer=replace(BUYER, **buyer)).order


def test_who_is_logged_in_pays_with_what_they_have_saved(world):
    ada = uuid7()
    place(world, customer_id=ada, save_payment_method=True)
    assert world.payer == Payer(ada, save_method=True)


def test_a_guest_who_names_a_customers_address_does_not(world):
    ada = uuid7()
    now = clock.now()
    Owner(user_id=ada, email=BUYER.email, task=Owner.Task.CLAIM, since=now, due=now).save(force_insert=True)
    assert place(world).customer_id == ada
    assert world.payer is None


def test_a_guest_cannot_save_anything_and_a_bank_transfer_leaves_nothing_to_save(world):
    body = {
        "cart_id": str(world.cart_id),
        "email": "ada@example.com",
        "shipping_address": {
            "name": "Ada",
            "line1": "Street 1",
            "postal_code": "10115",
            "city": "Berlin",
            "country": "DE",
        },
        "save_payment_method": True,
    }
    guest = send("POST", "/orders", body, idempotency_key="k1")
    bank = send(
        "POST",
        "/orders",
        {**body, "payment_method": "bank_transfer"},
        idempotency_key="k2",
        authorization=bearer("customer"),
    )
    for answer, code in ((guest, "login_needed"), (bank, "card_only")):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == ("/save_payment_method", code)
    assert world.calls == []
