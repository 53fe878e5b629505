"""Webhooks: kept once, handled after asking what is true, in any order, any number of times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from apps.payments import api
from apps.payments.contracts import (
    PaymentFailed,
    PaymentStatus,
    PaymentSucceeded,
    RefundStatus,
    RefundSucceeded,
)
from apps.payments.models import Payment, ProviderEvent, Refund
from apps.payments.providers import NewIntent
from apps.payments.rules import LAST_ATTEMPT
from apps.payments.services.apply_intent import apply_intent
from apps.payments.services.handle_event import handle_event
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events, recheck_open_payments
from apps.payments.testing import facts
from apps.payments.tests.memory import notice
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.models import OutboxRow
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")
SAID = datetime(2026, 1, 1, tzinfo=UTC)
SUCCEEDED, FAILED = "payment_intent.succeeded", "payment_intent.payment_failed"


@pytest.fixture
def order(memory):
    """An order that waits for its money."""
    order_id = uuid7()
    open_it(order_id)
    return order_id


def hear(kind=SUCCEEDED, event_id="evt_1", reference="pi_1"):
    """A webhook comes in and the worker runs."""
    record_event(notice(event_id, kind, reference))
    return handle_provider_events()


def test_a_payment_that_succeeded_is_told_once_however_often_stripe_says_so(memory, order):
    memory.pay("pi_1")
    hear()
    assert [record_event(notice("evt_1", SUCCEEDED, "pi_1")) for _ in range(3)] == [False] * 3
    hear(event_id="evt_2")
    row = Payment.objects.get(pk=order)
    assert (row.status, row.amount_received_minor, row.succeeded_at) == ("succeeded", 1999, SAID)
    assert told() == [PaymentSucceeded.name]
    assert set(ProviderEvent.objects.values_list("status", flat=True)) == {"handled"}


def test_a_webhook_is_not_believed_the_provider_is_asked(memory, order):
    hear(SUCCEEDED)
    assert Payment.objects.get(pk=order).status == "open"
    assert told() == []


def test_old_news_after_new_news_changes_nothing(memory, order):
    memory.pay("pi_1")
    hear(SUCCEEDED, "evt_2")
    hear("payment_intent.created", "evt_1")
    assert Payment.objects.get(pk=order).status == "succeeded"


def test_each_declined_attempt_is_told_once_and_the_payment_stays_open(memory, order):
    memory.set("pi_1", failure_id="ch_1", failure_reason="insufficient_funds")
    hear(FAILED, "evt_1")
    hear(FAILED, "evt_2")
    row = Payment.objects.get(pk=order)
    assert (row.status, row.last_error, told()) == ("open", "insufficient_funds", [PaymentFailed.name])
    memory.set("pi_1", failure_id="ch_2", failure_reason="expired_card")
    hear(FAILED, "evt_3")
    memory.pay("pi_1")
    hear(SUCCEEDED, "evt_4")
    assert told() == [PaymentFailed.name, PaymentFailed.name, PaymentSucceeded.name]
    assert Payment.objects.get(pk=order).last_error == ""


def test_two_attempts_declined_in_one_millisecond_are_two(memory, order):
    with clock.frozen(SAID):
        for number in ("1", "2"):
            memory.set("pi_1", failure_id=f"ch_{number}", failure_reason="insufficient_funds")
            hear(FAILED, f"evt_{number}")
    rows = OutboxRow.objects.using("payments").filter(name=PaymentFailed.name)
    assert len({msgspec.json.decode(row.payload)["failure_id"] for row in rows}) == 2


def test_late_money_after_our_cancellation_is_accepted(memory, order):
    api.cancel_payment(order_id=order)
    memory.pay("pi_1")
    hear()
    assert Payment.objects.get(pk=order).status == "succeeded"
    assert told() == [PaymentSucceeded.name]


def test_a_webhook_faster_than_our_own_step_finds_its_payment(memory, crash_at):
    order_id = uuid7()
    with pytest.raises(crash_at("payments.open.intent_created")):
        open_it(order_id)
    memory.pay("pi_1")
    hear()
    assert Payment.objects.get(pk=order_id).status == "succeeded"
    assert open_it(order_id).status is PaymentStatus.SUCCEEDED
    assert told() == [PaymentSucceeded.name]


@pytest.mark.parametrize(
    ("kind", "reference"),
    [(SUCCEEDED, "pi_of_another_shop"), ("customer.created", "cus_1"), ("refund.created", "re_of_another_shop")],
)
def test_what_is_not_ours_is_kept_with_a_note(memory, kind, reference):
    memory.refunds["re_of_another_shop"] = _foreign_refund()
    hear(kind, reference=reference)
    event = ProviderEvent.objects.get()
    assert (event.status, bool(event.note), told()) == ("handled", True, [])


def test_a_second_intent_of_an_order_is_noted_and_changes_nothing(memory, order, caplog):
    memory.open_intent(NewIntent(order, "SO-1", PRICE), key="somebody else's")
    memory.pay("pi_2")
    hear(reference="pi_2")
    assert "second intent" in ProviderEvent.objects.get().note
    assert Payment.objects.get(pk=order).status == "open"


def test_an_event_waits_for_a_silent_provider_and_is_never_dead_of_it(memory, order):
    def silent(call):
        raise Unavailable("no answer")

    memory.pay("pi_1")
    memory.trouble = silent
    hear()
    for _ in range(LAST_ATTEMPT + 3):
        with clock.shifted(timedelta(minutes=10)):
            ProviderEvent.objects.update(due=clock.now())
            handle_provider_events()
    event = ProviderEvent.objects.get()
    assert (event.status, event.note[:7]) == ("pending", "Waiting")
    memory.trouble = lambda _: None
    ProviderEvent.objects.update(due=clock.now())
    handle_provider_events()
    assert told() == [PaymentSucceeded.name]


def test_a_worker_that_comes_while_another_handles_an_event_leaves_it_alone(memory, order):
    record_event(notice("evt_1", SUCCEEDED, "pi_1"))
    twin = ProviderEvent.objects.get()
    answers: list[object] = []

    def another(call):
        if not answers:
            answers.append("asked")
            answers.append(handle_event(twin))

    memory.trouble = another
    assert handle_event(ProviderEvent.objects.get())
    assert answers == ["asked", False]


def test_an_event_that_cannot_be_handled_is_dead_in_the_end_and_seen(memory, order):
    def broken(call):
        raise RuntimeError("a bug of ours")

    memory.trouble = broken
    hear()
    for _ in range(LAST_ATTEMPT):
        ProviderEvent.objects.update(due=clock.now())
        handle_provider_events()
    event = ProviderEvent.objects.get()
    assert (event.status, event.attempts, event.note) == ("dead", LAST_ATTEMPT, "RuntimeError: a bug of ours")
    assert facts.pending()["dead"] == 1


@pytest.mark.parametrize("point", ["payments.webhook.stored", "payments.event.applied", "payments.event.handled"])
def test_a_crash_around_an_event_neither_loses_nor_doubles_it(memory, order, crash_at, point):
    memory.pay("pi_1")
    with pytest.raises(crash_at(point)):
        hear()
    record_event(notice("evt_1", SUCCEEDED, "pi_1"))  # Stripe repeats what was not answered
    with clock.shifted(timedelta(minutes=5)):
        handle_provider_events()
    assert (Payment.objects.get(pk=order).status, ProviderEvent.objects.get().status) == ("succeeded", "handled")
    assert told() == [PaymentSucceeded.name]


def test_what_was_heard_before_somebody_else_wrote_is_not_written(memory, order):
    row, heard = Payment.objects.get(pk=order), memory.intents["pi_1"]
    memory.pay("pi_1")
    hear()
    processing = replace(heard, status=PaymentStatus.PROCESSING)
    assert apply_intent(row, processing, at=clock.now()) is None
    assert Payment.objects.get(pk=order).status == "succeeded"


def test_a_lost_webhook_is_made_up_for(memory, order):
    memory.pay("pi_1")
    assert recheck_open_payments() == 0
    with clock.shifted(timedelta(minutes=2)):
        assert recheck_open_payments() == 1
        assert recheck_open_payments() == 0
    assert told() == [PaymentSucceeded.name]


def test_an_open_payment_is_asked_about_less_and_less_often(memory, order):
    dues = []
    for _ in range(3):
        Payment.objects.update(due=clock.now())
        recheck_open_payments()
        dues.append(Payment.objects.get(pk=order).due - clock.now())
    assert timedelta(0) < dues[0] < dues[1] < dues[2]


def test_a_refund_that_ends_later_is_told_by_its_event(memory, order):
    memory.pay("pi_1")
    hear()
    memory.refund_status = RefundStatus.PENDING
    api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="late")
    memory.refunds["re_1"] = replace(memory.refunds["re_1"], status=RefundStatus.SUCCEEDED)
    hear("refund.updated", "evt_2", "re_1")
    assert Refund.objects.get().status == "succeeded"
    assert told() == [PaymentSucceeded.name, RefundSucceeded.name]


def test_a_refund_that_comes_back_frees_its_amount(memory, order):
    memory.pay("pi_1")
    hear()
    api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="late")
    memory.refunds["re_1"] = replace(memory.refunds["re_1"], status=RefundStatus.FAILED, failure_reason="lost_card")
    hear("refund.failed", "evt_2", "re_1")
    refund = Refund.objects.get()
    assert (refund.status, refund.last_error, Payment.objects.get().amount_refunded_minor) == ("failed", "lost_card", 0)


def test_the_facts_tell_the_money_of_each_order(memory, order):
    memory.pay("pi_1")
    record_event(notice("evt_1", SUCCEEDED, "pi_1"))
    quiet = {"refunds": 0, "captures": 0, "voids": 0, "customers": 0, "payments_due": 0, "dead": 0}
    assert facts.pending() == {**quiet, "events": 1}
    handle_provider_events()
    api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="late")
    told_facts = facts.facts()
    assert told_facts["payments"][str(order)] == {
        "status": "succeeded",
        "provider": "memory",
        "intent": "pi_1",
        "amount": 1999,
        "authorized": 0,
        "in_part": 0,
        "received": 1999,
        "refunded": 1999,
        "currency": "EUR",
        "booked": 0,
    }
    assert [refund["status"] for refund in told_facts["refunds"]] == ["succeeded"]


def _foreign_refund():
    from apps.payments.providers import RefundState

    return RefundState("re_of_another_shop", RefundStatus.SUCCEEDED, None, "", PRICE, "pi_1")


def test_who_is_slower_than_its_lease_does_not_undo_what_its_successor_wrote(memory, order):
    memory.pay("pi_1")
    record_event(notice("evt_1", SUCCEEDED, "pi_1"))

    def slow(call: str) -> None:
        memory.trouble = lambda _: None
        with clock.shifted(timedelta(hours=1)):
            assert handle_provider_events() == 1
        raise ValueError("and then it fails")

    memory.trouble = slow
    handle_provider_events()
    assert ProviderEvent.objects.get().status == "handled"
    assert told() == [PaymentSucceeded.name]


def test_what_came_is_what_is_told_and_answered_not_what_was_asked_for(memory):
    order_id = uuid7()
    open_it(order_id)
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=Money(1500, "EUR"))
    cancelled = api.cancel_payment(order_id=order_id)
    assert (cancelled.status, cancelled.amount, cancelled.amount_received.amount) == ("succeeded", PRICE, 1500)
    assert open_it(order_id).amount == Money(1500, "EUR")
