"""Returns and refunds over HTTP: who may, what is shown to whom, and what is refused by its field."""

from __future__ import annotations

import pytest

from apps.orders.models import Order, OrderRefund, Return
from apps.orders.tests.test_returns import STAFF, ask
from shop.http.authentication import issue_order_token
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
WISH = {"lines": [{"sku": "A", "quantity": 1}], "reason": "damaged", "text": "Broken."}
FULFILMENT = {"orders:read", "orders:fulfil"}
FINANCE = {"orders:read", "orders:refund"}


@pytest.fixture
def order(delivered) -> Order:
    """Two mugs at 1000, at the buyer's."""
    return delivered


def buyer(order):
    return f"Bearer {issue_order_token(order.pk)}"


def test_a_guest_asks_and_staff_answers_receives_and_pays_back(world, order):
    path, staff = f"/orders/{order.number}/returns", bearer("staff", scopes=FULFILMENT)
    asked = send("POST", path, WISH, authorization=buyer(order), idempotency_key="r1")
    again = send("POST", path, WISH, authorization=buyer(order), idempotency_key="r1")
    back = asked.json()
    assert (asked.status_code, back["status"], again.json()) == (201, "requested", back)
    waiting = send("GET", "/returns?status=requested", authorization=staff).json()["data"]
    assert waiting == [back] == send("GET", path, authorization=buyer(order)).json()["data"]
    one = f"{path}/{back['id']}"
    assert send("POST", f"{one}/authorise", {"message": "Yes."}, authorization=staff).json()["message"] == "Yes."
    came = {"lines": [{"sku": "A", "quantity": 1, "condition": "opened", "location": "outlet"}]}
    got = send("POST", f"{one}/receive", came, authorization=staff).json()
    assert (got["status"], got["lines"][0]["condition"], got["lines"][0]["restocked"]) == ("restocked", "opened", True)
    finance = bearer("staff", scopes=FINANCE)
    paid = send("POST", f"{one}/refund", {"detail": "x"}, authorization=finance, idempotency_key="f1")
    assert (paid.status_code, paid.json()["amount"]["amount"], paid.json()["detail"]) == (201, 1000, "x")
    seen = send("GET", one, authorization=buyer(order)).json()
    assert (seen["status"], seen["refund_id"]) == ("refunded", paid.json()["id"])
    shown = send("GET", f"/orders/{order.number}/refunds", authorization=buyer(order)).json()
    assert (shown["kept"]["amount"], [sorted(row) for row in shown["data"]]) == (
        1495,
        [["amount", "created_at", "id", "reason", "return_id", "status"]],
    )


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": "A", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 1}] * 2}, "/lines"),
        ({"reason": "because"}, "/reason"),
        ({"refund": 5}, "/refund"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(order, changes, pointer):
    path, body = f"/orders/{order.number}/returns", {**WISH, **changes}
    answer = send("POST", path, body, authorization=buyer(order), idempotency_key="r1")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert not Return.objects.exists()


def test_a_wish_without_a_key_is_refused_as_a_repeat_would_be_another_one(order):
    answer = send("POST", f"/orders/{order.number}/returns", WISH, authorization=buyer(order))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_required")
    assert not Return.objects.exists()


def test_each_move_is_for_those_who_may(order):
    back = ask(order)
    one = f"/orders/{order.number}/returns/{back.pk}"
    reader, finance = bearer("staff", scopes={"orders:read"}), bearer("staff", scopes=FINANCE)
    body = {"message": "x"}
    for verb in ("authorise", "reject", "receive"):
        assert send("POST", f"{one}/{verb}", body, authorization=finance).status_code == 403
        assert send("POST", f"{one}/{verb}", body, authorization=buyer(order)).status_code == 403
        assert send("POST", f"{one}/{verb}", body).status_code == 401
    for verb in ("refund", "close"):
        assert send("POST", f"{one}/{verb}", body, authorization=bearer("staff", scopes=FULFILMENT)).status_code == 403
    assert send("POST", f"{one}/withdraw", {}, authorization=reader).status_code == 403
    path, key = f"/orders/{order.number}/returns", "r1"
    assert send("POST", path, WISH, authorization=reader, idempotency_key=key).status_code == 403
    assert send("GET", one, authorization=bearer()).status_code == 404
    assert send("GET", "/returns", authorization=buyer(order)).status_code == 403
    assert send("POST", f"{one}/withdraw", {}, authorization=buyer(order)).json()["status"] == "withdrawn"
    late = send("POST", f"{one}/reject", body, authorization=bearer("staff", scopes=FULFILMENT))
    assert (late.status_code, late.json()["code"], late.json()["status"]) == (409, "orders.illegal_move", 409)


def test_finance_sends_parts_back_as_long_as_something_is_kept(world, order):
    path, finance = f"/orders/{order.number}/refunds", bearer("staff", scopes=FINANCE)

    def pay_back(key, amount, **changes):
        body = {"amount": {"amount": amount, "currency": "EUR"}, "reason": "damaged", **changes}
        return send("POST", path, body, authorization=finance, idempotency_key=key)

    assert [pay_back(key, amount).status_code for key, amount in (("a", 500), ("a", 500), ("b", 1995))] == [201] * 3
    over = pay_back("c", 1)
    assert (over.status_code, over.json()["code"], over.json()["params"]["left"]["amount"]) == (
        409,
        "orders.refund_too_much",
        0,
    )
    assert sorted(row.amount_minor for row in OrderRefund.objects.all()) == [500, 1995]
    assert sum(amount.amount for amount in world.refunds.values()) == Order.objects.get().total_minor == 2495
    rows = send("GET", path, authorization=finance).json()["data"]
    assert [(row["reason"], row["by"].partition(":")[0], row["status"]) for row in rows] == [
        ("damaged", STAFF.partition(":")[0], "sent")
    ] * 2
    assert pay_back("d", -1).json()["errors"][0]["pointer"] == "/amount/amount"
    assert pay_back("e", 1, reason="returned").json()["errors"][0]["pointer"] == "/reason"
    assert send("POST", path, {"reason": "late"}, authorization=finance).json()["code"] == "idempotency.key_required"
    assert send("POST", path, {"reason": "late"}, authorization=buyer(order)).status_code == 403
