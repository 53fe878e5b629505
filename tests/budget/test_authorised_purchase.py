"""A purchase whose money is only set aside at first, whole: what its parcel, a cancellation and finance do with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from apps.orders.testing.facts import pending
from shop import clock, jobs
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.tokens import bearer
from tests.budget.meter import Meter
from tests.budget.test_purchase_budget import fill_cart, meter, place, run_woken, till  # noqa: F401  # fixtures
from tests.budget.till import Till

pytestmark = pytest.mark.usefixtures("database")
AUTHORIZED, SUCCEEDED = "payment_intent.amount_capturable_updated", "payment_intent.succeeded"
PACKER = frozenset({"orders:read", "orders:fulfil"})
FINANCE = frozenset({"payments:read", "payments:write"})
WHO = uuid7()


@pytest.fixture
def order(till: Till, meter: Meter, settings: Any) -> dict[str, Any]:  # noqa: F811
    """Two mugs, confirmed; their money is set aside."""
    settings.PAYMENTS_CAPTURE = "manual"
    placed: dict[str, Any] = place(meter, fill_cart(meter))
    till.pay(placed["payment"]["client_secret"])
    hear(till, meter, AUTHORIZED)
    assert amounts(placed) == ("confirmed", placed["total"]["amount"], 0)
    return placed


def hear(till: Till, meter: Meter, kind: str) -> None:  # noqa: F811
    till.deliver(till.event(kind))
    run_woken(meter)


def token_for(scopes: frozenset[str]) -> str:
    """Made when it is used: it ends after minutes, and a suite takes longer."""
    return bearer("staff", subject=WHO, scopes=scopes)


def look(order: dict[str, Any]) -> Any:
    return send("GET", f"/orders/{order['number']}", authorization=f"Bearer {order['token']}").json()


def amounts(order: dict[str, Any]) -> tuple[str, int, int]:
    seen = look(order)
    return seen["status"], seen["authorized"]["amount"], seen["captured"]["amount"]


def reasons(order: dict[str, Any]) -> list[str]:
    return [entry["reason"] for entry in look(order)["timeline"] if entry["reason"].startswith("payment_")]


def payment(order: dict[str, Any]) -> Any:
    return send("GET", f"/payments/{order['id']}", authorization=token_for(FINANCE)).json()


def ship(order: dict[str, Any]) -> None:
    path = f"/orders/{order['number']}/parcels"
    assert send("POST", path, {}, authorization=token_for(PACKER), idempotency_key="ship").status_code == 201


def test_it_is_captured_once_when_its_parcel_leaves(till, meter, order):  # noqa: F811
    ship(order)
    assert jobs.woken == ["orders.capture_shipped_orders", "orders.relay"]
    asked = till.requests()
    run_woken(meter)
    assert till.requests() - asked == 1
    for _ in range(2):
        hear(till, meter, SUCCEEDED)
    total = order["total"]["amount"]
    assert amounts(order) == ("shipped", total, total)
    assert reasons(order) == ["payment_authorized", "payment_captured"]
    money = payment(order)
    assert (money["status"], money["authorized"], money["received"]) == ("succeeded", order["total"], order["total"])
    assert sorted(entry["amount"]["amount"] for entry in money["ledger"]) == [-total, total]


def test_cancelled_before_it_is_voided_and_the_buyer_told_that_nothing_was_charged(till, meter, order):  # noqa: F811
    path = f"/orders/{order['number']}/cancel"
    cancelled = send("POST", path, {}, authorization=f"Bearer {order['token']}", idempotency_key="c").json()
    assert (cancelled["status"], cancelled["authorized"]["amount"]) == ("cancelled", 0)
    run_woken(meter)
    hear(till, meter, "payment_intent.canceled")
    assert amounts(order) == ("cancelled", 0, 0)
    assert reasons(order) == ["payment_authorized", "payment_voided"]
    money = payment(order)
    assert (money["status"], money["refunds"], money["ledger"]) == ("canceled", [], [])
    assert ["Nothing was charged." in str(one.body) for one in mail.outbox] == [False, True]


def test_captured_in_part_by_finance_only_that_is_sent_back(till, meter, order):  # noqa: F811
    part = {"amount": 1000, "currency": "EUR"}
    captures = f"/payments/{order['id']}/captures"
    taken = send("POST", captures, {"amount": part}, authorization=token_for(FINANCE), idempotency_key="k")
    assert (taken.status_code, taken.json()["amount"]) == (201, part)
    run_woken(meter)
    assert amounts(order) == ("confirmed", 1000, 1000)  # the rest was let go
    path = f"/orders/{order['number']}/cancel"
    send("POST", path, {}, authorization=f"Bearer {order['token']}", idempotency_key="c")
    run_woken(meter)
    assert look(order)["status"] == "cancelled"
    [refund] = payment(order)["refunds"]
    assert (refund["amount"], refund["status"]) == (part, "succeeded")


def test_what_lapses_before_it_is_shipped_waits_for_staff(till, meter, order):  # noqa: F811
    till.lapse(payment(order)["provider_reference"])
    hear(till, meter, "payment_intent.canceled")
    assert amounts(order) == ("review", 0, 0)
    path = f"/orders/{order['number']}/parcels"
    refused = send("POST", path, {}, authorization=token_for(PACKER), idempotency_key="ship")
    assert (refused.status_code, refused.json()["code"]) == (409, "orders.illegal_move")


def finance_asks(order: dict[str, Any], what: str, body: dict[str, Any], key: str) -> Any:
    path = f"/payments/{order['id']}/{what}"
    return send("POST", path, body, authorization=token_for(FINANCE), idempotency_key=key)


def test_while_the_worker_is_away_nobody_lets_go_of_what_a_parcel_left_on(till, meter, order):  # noqa: F811
    ship(order)
    for hours in (0, 24):
        with clock.shifted(timedelta(hours=hours)):
            refused = finance_asks(order, "voids", {"note": "Pays by bank."}, f"v{hours}")
            assert (refused.status_code, refused.json()["params"]) == (409, {"reason": "parcel_leaving"})
    run_woken(meter)
    total = order["total"]["amount"]
    assert amounts(order) == ("shipped", total, total)
    assert payment(order)["received"] == order["total"]


def test_what_lapsed_after_a_part_keeps_the_parcel_here_before_the_order_hears_of_it(till, meter, order):  # noqa: F811
    part = {"amount": {"amount": 500, "currency": "EUR"}, "final_capture": False}
    assert finance_asks(order, "captures", part, "part").status_code == 201
    run_woken(meter)
    till.lapse(payment(order)["provider_reference"])
    till.deliver(till.event("payment_intent.succeeded"))
    jobs.JOBS["payments.handle_provider_events"]()  # payments knows, and its letter to orders is still here
    assert amounts(order) == ("confirmed", order["total"]["amount"], 500)
    path = f"/orders/{order['number']}/parcels"
    refused = send("POST", path, {}, authorization=token_for(PACKER), idempotency_key="ship")
    assert (refused.status_code, refused.json()["params"]) == (409, {"status": "confirmed", "reason": "lapsed"})
    run_woken(meter)
    assert amounts(order) == ("review", 500, 500)
    assert pending()["orders.promises"] == 0
