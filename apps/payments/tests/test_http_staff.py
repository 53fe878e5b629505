"""Payments for finance over HTTP: lists read by an index, one payment with all that is known, and the deeds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.payments.models import FinanceOperation, Payment, ProviderEvent, Refund
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events
from apps.payments.tests.memory import notice
from apps.payments.tests.test_bank_transfer import open_it, refund_all
from apps.payments.tests.test_open_payment import open_it as open_by_card
from shop import clock, jobs
from shop.http.paging import behind
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.plans import assert_by_index
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
FINANCE = frozenset({"payments:read", "payments:write"})
READER = frozenset({"payments:read"})
WHO = uuid7()


def get(path: str, scopes: frozenset[str] = READER) -> Any:
    return send("GET", path, authorization=token_for(scopes))


def post(path: str, body: Any = None, *, key: str | None = "k1", scopes: frozenset[str] = FINANCE) -> Any:
    keyed = {"idempotency_key": key} if key else {}
    return send("POST", path, body or {}, authorization=token_for(scopes), **keyed)


def token_for(scopes: frozenset[str]) -> str:
    """Made when it is used: it ends after minutes, and a suite takes longer."""
    return bearer("staff", subject=WHO, scopes=scopes)


def line(**changes: Any) -> dict[str, Any]:
    today = clock.now().date().isoformat()
    return {"amount": {"amount": 1999, "currency": "EUR"}, "received_on": today, "reference": "TX-1", **changes}


@pytest.mark.parametrize(
    ("path", "body"), [("receipts", line()), ("refund", None), ("replay", {})], ids=["receipt", "sent", "replay"]
)
def test_who_may_only_look_changes_nothing(memory, path, body):
    at = {"receipts": f"/payments/{uuid7()}/receipts", "refund": f"/payments/refunds/{uuid7()}/sent"}
    answer = post(at.get(path, "/payments/events/evt_1/replay"), body, scopes=READER)
    assert (answer.status_code, FinanceOperation.objects.count()) == (403, 0)
    assert send("GET", "/payments", authorization=bearer("customer")).status_code == 403


def test_finance_marks_a_payment_paid_and_the_repeat_is_the_same_answer(by_bank):
    first, again = post(f"/payments/{by_bank}/receipts", line()), post(f"/payments/{by_bank}/receipts", line())
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    got = get(f"/payments/{by_bank}").json()
    assert (got["status"], got["received"], got["method"]) == (
        "succeeded",
        {"amount": 1999, "currency": "EUR"},
        "bank_transfer",
    )
    assert [(entry["account"], entry["amount"]["amount"]) for entry in got["ledger"]] in (
        [("bank", 1999), ("orders", -1999)],
        [("orders", -1999), ("bank", 1999)],
    )
    (operation,) = got["operations"]
    assert (operation["kind"], operation["reference"], operation["actor"].partition(":")[0]) == (
        "bank_receipt",
        "TX-1",
        "staff",
    )
    assert post(f"/payments/{by_bank}/receipts", line(), key="k2").json()["code"] == "payments.already_paid"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": {"amount": 0, "currency": "EUR"}}, "/amount"),
        ({"amount": 1999}, "/amount"),
        ({"received_on": "yesterday"}, "/received_on"),
        ({"received_on": "9999-01-01"}, "/received_on"),
        ({"reference": ""}, "/reference"),
        ({"confirm_difference": "perhaps"}, "/confirm_difference"),
        ({"paid": True}, "/paid"),
    ],
)
def test_a_wrong_receipt_is_named_by_its_pointer(by_bank, changes, pointer):
    answer = post(f"/payments/{by_bank}/receipts", line(**changes))
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert Payment.objects.get().status == "open"


def test_a_slip_of_the_pen_tells_what_is_due(by_bank):
    slip = line(amount={"amount": 1990, "currency": "EUR"})
    answer = post(f"/payments/{by_bank}/receipts", slip)
    assert (answer.status_code, answer.json()["code"]) == (422, "payments.amount_differs")
    assert answer.json()["params"]["expected"] == {"amount": 1999, "currency": "EUR"}
    assert post(f"/payments/{by_bank}/receipts", {**slip, "confirm_difference": True}, key="k2").status_code == 201


def test_a_key_is_needed(by_bank):
    assert post(f"/payments/{by_bank}/receipts", line(), key=None).json()["code"] == "idempotency.key_required"


def test_finance_finds_the_refunds_that_are_to_be_sent_and_marks_one(by_bank):
    post(f"/payments/{by_bank}/receipts", line())
    refund_id = refund_all(by_bank).refund_id
    todo = get("/payments/refunds?method=bank_transfer&status=pending").json()["data"]
    assert [row["refund_id"] for row in todo] == [str(refund_id)]
    sent = {"sent_on": clock.now().date().isoformat(), "reference": "OUT-1"}
    path = f"/payments/refunds/{refund_id}/sent"
    answers = [post(path, sent, key=key) for key in ("s1", "s1", "s2")]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert (answers[0].json()["status"], answers[2].json()["code"]) == ("succeeded", "payments.refund_already_sent")
    assert get("/payments/refunds?method=bank_transfer&status=pending").json()["data"] == []
    assert post(f"/payments/refunds/{uuid7()}/sent", sent, key="s3").status_code == 404


def test_a_list_is_filtered_and_pages_by_cursor(memory, by_bank):
    open_by_card(uuid7())
    open_by_card(uuid7())
    first = get("/payments?limit=2").json()
    second = get(f"/payments?limit=2&after={first['next_cursor']}").json()
    assert [len(first["data"]), len(second["data"]), second["has_more"]] == [2, 1, False]
    assert [row["order_id"] for row in get("/payments?method=bank_transfer&status=open").json()["data"]] == [
        str(by_bank)
    ]
    assert get("/payments?status=succeeded").json()["data"] == []
    assert len(get("/payments?created_before=2030-01-01T00:00:00Z&order_number=so-1").json()["data"]) >= 1
    assert get("/payments?created_after=2999-01-01T00:00:00%2B00:00").json()["data"] == []


@pytest.mark.parametrize(
    "query", ["status=paid", "method=cash", "created_after=yesterday", "created_before=2026-01-01", "after=x"]
)
def test_what_cannot_be_asked_is_refused(memory, query):
    assert get(f"/payments?{query}").status_code in {400, 422}


def test_an_event_is_shown_as_it_came_and_handled_again_on_request(memory, by_bank):
    card = uuid7()
    open_by_card(card)
    memory.pay("pi_1")
    record_event(notice("evt_1", "payment_intent.succeeded", "pi_1"))
    ProviderEvent.objects.update(status="dead", attempts=12)
    assert [row["id"] for row in get("/payments/events?status=dead").json()["data"]] == ["evt_1"]
    assert get("/payments/events/evt_1").json()["payload"] == json.loads(ProviderEvent.objects.get().payload)
    jobs.woken.clear()
    answers = [post("/payments/events/evt_1/replay", {}, key=key) for key in ("r1", "r1", "r2")]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(202, "pending")] * 3
    assert jobs.woken
    assert handle_provider_events() == 1
    got = get(f"/payments/{card}").json()
    assert (got["status"], [event["status"] for event in got["events"]]) == ("succeeded", ["handled"])
    assert [row["kind"] for row in got["operations"]] == ["event_replayed"] * 2
    assert get("/payments/events/evt_2").status_code == 404
    assert post("/payments/events/evt_2/replay", {}, key="r3").status_code == 404


ORDER = ("-created_at", "-order_id")


def next_page(**filters):
    return behind(Payment.objects.filter(**filters).order_by(*ORDER), ORDER, [clock.now(), uuid7()])[:21]


READS = {
    "payments": lambda: Payment.objects.order_by(*ORDER)[:21],
    "the next page": next_page,
    "open ones": lambda: next_page(status="open"),
    "by bank": lambda: next_page(method="bank_transfer"),
    "open ones by bank": lambda: Payment.objects.filter(status="open", method="bank_transfer").order_by(*ORDER)[:21],
    "by number": lambda: Payment.objects.filter(order_number="SO-1").order_by(),
    "refunds to send": lambda: Refund.objects.filter(method="bank_transfer", status="pending").order_by(
        "-created_at", "-refund_id"
    )[:21],
    "events": lambda: ProviderEvent.objects.order_by("-received_at", "-id")[:21],
    "dead events": lambda: ProviderEvent.objects.filter(status="dead").order_by("-received_at", "-id")[:21],
    "events of a payment": lambda: ProviderEvent.objects.filter(intent_reference="pi_1").order_by(),
    "operations of a payment": lambda: FinanceOperation.objects.filter(order_id=uuid7()).order_by("at"),
}


@pytest.mark.parametrize("name", READS)
def test_this_is_read_by_an_index(memory, name):
    for _ in range(3):
        open_it(uuid7())
    assert_by_index(READS[name]())


def test_the_whole_of_a_payment_is_seven_reads(memory, by_bank, django_assert_num_queries, settings):
    if settings.SHOP_SHAPE != "mono":
        pytest.skip("counted where nothing is doubled")
    from apps.payments import queries
    from apps.payments.http.rendering import render_payment

    with django_assert_num_queries(7, using="payments"):
        render_payment(queries.find_row(by_bank))
