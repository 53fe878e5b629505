"""Cancelling: the answer is what is true at the provider, and no money can come behind it."""

from __future__ import annotations

import pytest

from apps.payments import api
from apps.payments.contracts import PaymentStatus, PaymentSucceeded
from apps.payments.models import Payment
from apps.payments.tests.test_open_payment import open_it, told
from shop.errors import Unavailable
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


def cancel(order_id):
    return api.cancel_payment(order_id=order_id).status


def test_an_open_payment_is_cancelled_at_the_provider(memory):
    order = uuid7()
    open_it(order)
    assert cancel(order) is PaymentStatus.CANCELED
    assert memory.intents["pi_1"].status is PaymentStatus.CANCELED
    assert open_it(order).status is PaymentStatus.CANCELED
    assert told() == []


def test_cancelling_twice_asks_once(memory):
    order = uuid7()
    open_it(order)
    assert [cancel(order), cancel(order)] == [PaymentStatus.CANCELED] * 2
    assert memory.calls.count("cancel") == 1


def test_a_buyer_who_was_faster_has_paid(memory):
    order = uuid7()
    open_it(order)
    memory.pay("pi_1")
    assert cancel(order) is PaymentStatus.SUCCEEDED
    assert told() == [PaymentSucceeded.name]


def test_what_is_processing_cannot_be_known_yet(memory):
    order = uuid7()
    open_it(order)
    memory.set("pi_1", status=PaymentStatus.PROCESSING)
    assert cancel(order) is PaymentStatus.PROCESSING
    memory.set("pi_1", status=PaymentStatus.OPEN)
    assert cancel(order) is PaymentStatus.CANCELED


def test_an_intent_of_a_crashed_twin_is_found_and_cancelled(memory, crash_at):
    order = uuid7()
    with pytest.raises(crash_at("payments.open.intent_created")):
        open_it(order)
    assert cancel(order) is PaymentStatus.CANCELED
    assert [intent.status for intent in memory.intents.values()] == [PaymentStatus.CANCELED]


@pytest.mark.parametrize("point", ["payments.cancel.row", "payments.cancel.sent"])
def test_a_crash_while_cancelling_is_made_good_by_the_repeat(memory, crash_at, point):
    order = uuid7()
    open_it(order)
    with pytest.raises(crash_at(point)):
        cancel(order)
    assert cancel(order) is PaymentStatus.CANCELED


def test_without_an_answer_nothing_is_claimed(memory):
    order = uuid7()
    open_it(order)

    def silent(call):
        raise Unavailable("no answer")

    memory.trouble = silent
    with pytest.raises(Unavailable):
        cancel(order)
    assert Payment.objects.get(pk=order).status == "open"


def test_cancelling_while_another_opens_leaves_no_open_intent(memory):
    order = uuid7()
    cancelled: list[object] = []

    def cancel_in_between(call):
        if call == "open.after" and not cancelled:
            cancelled.append("now")
            cancelled.append(cancel(order))

    memory.trouble = cancel_in_between
    assert open_it(order).status is PaymentStatus.CANCELED
    assert cancelled == ["now", PaymentStatus.CANCELED]
    assert [intent.status for intent in memory.intents.values()] == [PaymentStatus.CANCELED]
