"""Capturing: authorized money is taken once, never more than was set aside, and the rest is let go."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from apps.payments import api
from apps.payments.contracts import (
    CaptureRefused,
    CaptureStatus,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentStatus,
    PaymentVoided,
    RefundRefused,
)
from apps.payments.models import LedgerEntry, Payment
from apps.payments.services import capture_payment as capturing
from apps.payments.tasks import check_books, recheck_open_payments
from apps.payments.tests.test_handle_event import hear
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.money import Money
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
HALF = Money(1000, "EUR")


@pytest.fixture
def order(memory, settings):
    """An order whose 19.99 EUR are set aside."""
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_it(order_id)
    memory.authorize("pi_1")
    hear("payment_intent.amount_capturable_updated", "evt_authorized")
    return order_id


def capture(order_id, amount=PRICE, capture_id=None):
    return api.capture_payment(capture_id=capture_id or uuid7(), order_id=order_id, amount=amount)


def row(order_id):
    return Payment.objects.get(pk=order_id)


def silent(call):
    """The provider does not answer."""
    if call == "capture":
        raise Unavailable("no answer")


def refused(order_id, **call):
    with pytest.raises(CaptureRefused) as no:
        capture(order_id, **call)
    return no.value.params


def test_authorized_money_is_told_and_is_not_in_the_books(memory, order):
    payment = row(order)
    assert (payment.status, payment.authorized_minor, payment.amount_received_minor) == ("authorized", 1999, 0)
    assert (payment.authorized_at is not None, memory.wanted["pi_1"].manual_capture) == (True, True)
    assert told() == [PaymentAuthorized.name]
    assert not LedgerEntry.objects.exists()
    sheet = open_it(order)
    assert (sheet.status, sheet.amount, sheet.client_secret) == (PaymentStatus.AUTHORIZED, PRICE, "")


def test_capturing_takes_it_once_and_books_it(memory, order):
    capture_id = uuid7()
    first = capture(order, capture_id=capture_id)
    assert (first.amount, first.status) == (PRICE, CaptureStatus.SUCCEEDED)
    assert capture(order, capture_id=capture_id) == first
    assert memory.calls.count("capture") == 1
    assert list(memory.saved)[-1] == f"capture-{capture_id}"
    assert told() == [PaymentAuthorized.name, PaymentCaptured.name]
    assert sorted(LedgerEntry.objects.values_list("amount_minor", flat=True)) == [-1999, 1999]
    assert check_books() == 0


def test_a_part_is_captured_and_no_more_than_that_can_be_sent_back(order):
    assert capture(order, HALF).amount == HALF
    payment = row(order)
    assert (payment.status, payment.authorized_minor, payment.amount_received_minor) == ("succeeded", 1999, 1000)
    with pytest.raises(RefundRefused) as no:
        api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    assert no.value.params["left"] == 1000
    assert check_books() == 0


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (Money(2000, "EUR"), "more_than_authorized"),
        (Money(0, "EUR"), "wrong_amount"),
        (Money(-1, "EUR"), "wrong_amount"),
        (Money(1999, "USD"), "wrong_amount"),
    ],
)
def test_what_was_not_set_aside_is_not_captured(memory, order, amount, reason):
    assert refused(order, amount=amount)["reason"] == reason
    assert "capture" not in memory.calls
    assert row(order).capture_id is None


def test_a_payment_has_one_capture(order):
    capture_id = uuid7()
    capture(order, HALF, capture_id)
    assert refused(order)["reason"] == "already_captured"
    assert refused(order, capture_id=capture_id)["reason"] == "other_arguments"


def test_before_it_is_authorized_nothing_can_be_captured(memory):
    order = uuid7()
    open_it(order)
    assert refused(order)["reason"] == "not_authorized"


def test_a_capture_that_read_before_a_rival_claimed_is_refused(memory, order, monkeypatch):
    rivals: list[CaptureStatus] = []
    claim = capturing._claim

    def slow(*mine):
        if not rivals:
            rivals.append(CaptureStatus.PENDING)
            memory.trouble = silent
            rivals.append(capture(order, HALF).status)
            memory.trouble = lambda _: None
        return claim(*mine)

    monkeypatch.setattr(capturing, "_claim", slow)
    assert refused(order)["reason"] == "already_captured"
    assert rivals == [CaptureStatus.PENDING] * 2
    with clock.shifted(timedelta(hours=1)):
        recheck_open_payments()
    assert (row(order).amount_received_minor, len(memory.saved)) == (1000, 2)


def test_four_captures_at_once_take_once(memory, order):
    ends = at_once(*[lambda: capture(order, HALF)] * 4)
    assert sum(not isinstance(end, CaptureRefused) for end in ends) == 1
    assert (memory.calls.count("capture"), row(order).amount_received_minor) == (1, 1000)


def test_a_provider_that_does_not_answer_leaves_it_to_the_sweep(memory, order):
    memory.trouble = silent
    assert capture(order).status is CaptureStatus.PENDING
    memory.trouble = lambda _: None
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert recheck_open_payments() == 1
    assert (row(order).status, told()[-1]) == ("succeeded", PaymentCaptured.name)


@pytest.mark.parametrize("point", ["payments.capture.row", "payments.capture.sent"])
def test_a_crash_while_capturing_is_made_good_by_the_repeat(memory, order, crash_at, point):
    capture_id = uuid7()
    with pytest.raises(crash_at(point)):
        capture(order, capture_id=capture_id)
    assert capture(order, capture_id=capture_id).status is CaptureStatus.SUCCEEDED
    assert (row(order).amount_received_minor, told().count(PaymentCaptured.name)) == (1999, 1)


def test_behind_a_saved_failure_the_next_key_captures(memory, order):
    capture_id = uuid7()
    memory.spoil(f"capture-{capture_id}")
    assert capture(order, capture_id=capture_id).status is CaptureStatus.SUCCEEDED
    assert list(memory.saved)[-1] == f"capture-{capture_id}-2"


def test_what_the_provider_will_never_take_is_refused_and_free_again(memory, order):
    memory.set("pi_1", authorized=HALF)
    assert refused(order)["reason"] == "payment_intent_unexpected_state"
    assert (row(order).capture_id, row(order).capture_minor, row(order).status) == (None, 0, "authorized")
    assert capture(order, HALF).amount == HALF


def test_captured_at_the_provider_by_hand_is_learnt(memory, order):
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=HALF)
    hear()
    assert (row(order).amount_received_minor, told()[-1]) == (1000, PaymentCaptured.name)
    assert refused(order)["reason"] == "already_captured"


def test_what_lapsed_meanwhile_is_refused_and_told(memory, order):
    memory.let_go("pi_1", lapsed=True)
    assert refused(order)["reason"] == "voided"
    assert (row(order).status, told()[-1]) == ("canceled", PaymentVoided.name)


def test_an_authorization_of_which_no_webhook_told_is_asked_for(memory, order):
    memory.let_go("pi_1", lapsed=True)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert recheck_open_payments() == 1
    assert row(order).status == "canceled"


@pytest.mark.parametrize("kinds", [*permutations(["amount_capturable_updated", "succeeded", "succeeded"])])
def test_webhooks_late_doubled_and_in_any_order_come_to_the_same(memory, order, kinds):
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=HALF)
    for number, kind in enumerate(kinds):
        hear(f"payment_intent.{kind}", f"evt_{number}")
    assert (row(order).status, row(order).amount_received_minor) == ("succeeded", 1000)
    assert told() == [PaymentAuthorized.name, PaymentCaptured.name]
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("kinds", [*permutations(["amount_capturable_updated", "canceled", "canceled"])])
def test_an_authorization_that_was_let_go_stays_so_whatever_comes_late(memory, order, kinds):
    memory.let_go("pi_1")
    for number, kind in enumerate(kinds):
        hear(f"payment_intent.{kind}", f"evt_{number}")
    assert (row(order).status, told()) == ("canceled", [PaymentAuthorized.name, PaymentVoided.name])
    assert not LedgerEntry.objects.exists()
