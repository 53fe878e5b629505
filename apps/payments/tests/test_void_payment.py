"""Voiding: what is set aside is let go, told once, and nobody captures it afterwards."""

from __future__ import annotations

import msgspec
import pytest

from apps.payments import api
from apps.payments.contracts import CaptureRefused, PaymentAuthorized, PaymentCaptured, PaymentStatus, PaymentVoided
from apps.payments.models import Difference, LedgerEntry, Payment
from apps.payments.providers import Refused
from apps.payments.tests.test_capture_payment import capture, row
from apps.payments.tests.test_handle_event import hear
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.models import OutboxRow
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


def void(order_id):
    return api.void_payment(order_id=order_id).status


def voided():
    """What is told of it."""
    rows = OutboxRow.objects.using("payments").filter(name=PaymentVoided.name)
    return [msgspec.json.decode(row.payload)["reason"] for row in rows]


def test_what_is_set_aside_is_let_go_and_told_once(memory, set_aside):
    assert [void(set_aside), void(set_aside)] == [PaymentStatus.CANCELED] * 2
    hear("payment_intent.canceled", "evt_canceled")
    assert (memory.intents["pi_1"].status, voided()) == (PaymentStatus.CANCELED, ["canceled"])
    assert not LedgerEntry.objects.exists()
    assert row(set_aside).authorized_minor == 1999


def test_what_lapsed_is_told_with_its_reason(memory, set_aside):
    memory.let_go("pi_1", lapsed=True)
    hear("payment_intent.canceled", "evt_canceled")
    assert (row(set_aside).status, voided()) == ("canceled", ["expired"])


def test_what_was_captured_before_is_not_let_go(memory, set_aside):
    capture(set_aside)
    answer = api.void_payment(order_id=set_aside)
    assert (answer.status, answer.amount_received) == (PaymentStatus.SUCCEEDED, PRICE)
    assert voided() == []


def test_a_cancellation_before_payment_lets_nothing_go_that_was_set_aside(memory, settings):
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_it(order_id)
    memory.authorize("pi_1")
    answer = api.cancel_payment(order_id=order_id)
    assert (answer.status, answer.amount_authorized) == (PaymentStatus.AUTHORIZED, PRICE)
    assert told() == [PaymentAuthorized.name]
    assert void(order_id) is PaymentStatus.CANCELED


def test_what_is_not_authorized_yet_is_cancelled_and_nothing_is_told(memory, settings):
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_it(order_id)
    assert void(order_id) is PaymentStatus.CANCELED
    assert (told(), open_it(order_id).status) == ([], PaymentStatus.CANCELED)


def test_a_capture_that_was_slower_than_a_void_is_refused(memory, set_aside):
    def let_go_first(call):
        if call == "capture":
            memory.trouble = lambda _: None
            void(set_aside)

    memory.trouble = let_go_first
    with pytest.raises(CaptureRefused) as no:
        capture(set_aside)
    assert no.value.params["reason"] == "voided"
    assert (row(set_aside).amount_received_minor, told()) == (0, [PaymentAuthorized.name, PaymentVoided.name])


def test_a_void_that_was_slower_than_a_capture_learns_of_it(memory, set_aside):
    def capture_first(call):
        if call == "cancel":
            memory.trouble = lambda _: None
            capture(set_aside)

    memory.trouble = capture_first
    assert void(set_aside) is PaymentStatus.SUCCEEDED
    assert told() == [PaymentAuthorized.name, PaymentCaptured.name]


def tells_nothing(call):
    if call in {"cancel", "release", "retrieve"}:
        raise Refused("resource_missing")


@pytest.mark.parametrize("came", [0, 500])
def test_what_the_provider_tells_nothing_of_is_not_called_cancelled_and_is_seen(memory, set_aside, came):
    if came:
        memory.take("pi_1", Money(came, "EUR"), final=False)
        hear("payment_intent.amount_capturable_updated", "evt_part")
    before, memory.trouble = told(), tells_nothing
    for _ in range(2):
        answer = api.void_payment(order_id=set_aside)
        assert (answer.status, answer.amount_received.amount) == (PaymentStatus.AUTHORIZED, came)
    assert (row(set_aside).status, row(set_aside).refusal, told()) == ("authorized", "", before)
    seen = "Order SO-1 is to be let go; the provider tells nothing of pi_1: resource_missing."
    assert list(Difference.objects.values_list("kind", "detail")) == [("missing", seen)]
    memory.trouble = lambda _: None
    assert void(set_aside) is (PaymentStatus.SUCCEEDED if came else PaymentStatus.CANCELED)


def test_what_is_still_set_aside_after_a_refusal_is_not_called_cancelled(memory, set_aside):
    memory.refuses = True
    assert (void(set_aside), row(set_aside).status) == (PaymentStatus.AUTHORIZED, "authorized")


def test_an_intent_that_the_provider_refuses_to_make_is_none_to_let_go_of(memory, settings):
    settings.PAYMENTS_CAPTURE, order_id = "manual", uuid7()
    answers = [Unavailable("no answer"), Refused("currency_not_supported")]

    def never(call):
        if call == "open":
            raise answers.pop(0)

    memory.trouble = never
    with pytest.raises(Unavailable):
        open_it(order_id)
    assert (void(order_id), Difference.objects.count()) == (PaymentStatus.CANCELED, 0)


def test_an_authorization_that_comes_after_our_cancellation_is_told_and_can_be_let_go(memory, settings):
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_it(order_id)
    api.cancel_payment(order_id=order_id)
    memory.authorize("pi_1")
    hear("payment_intent.amount_capturable_updated")
    assert told() == [PaymentAuthorized.name]
    assert void(order_id) is PaymentStatus.CANCELED
    assert Payment.objects.get(pk=order_id).status == "canceled"
