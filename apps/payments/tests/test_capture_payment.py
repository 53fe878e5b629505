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


def test_authorized_money_is_told_and_is_not_in_the_books(memory, set_aside):
    payment = row(set_aside)
    assert (payment.status, payment.authorized_minor, payment.amount_received_minor) == ("authorized", 1999, 0)
    assert (payment.authorized_at is not None, memory.wanted["pi_1"].manual_capture) == (True, True)
    assert told() == [PaymentAuthorized.name]
    assert not LedgerEntry.objects.exists()
    sheet = open_it(set_aside)
    assert (sheet.status, sheet.amount, sheet.client_secret) == (PaymentStatus.AUTHORIZED, PRICE, "")


def test_capturing_takes_it_once_and_books_it(memory, set_aside):
    capture_id = uuid7()
    first = capture(set_aside, capture_id=capture_id)
    assert (first.amount, first.status) == (PRICE, CaptureStatus.SUCCEEDED)
    assert capture(set_aside, capture_id=capture_id) == first
    assert memory.calls.count("capture") == 1
    assert list(memory.saved)[-1] == f"capture-{capture_id}"
    assert told() == [PaymentAuthorized.name, PaymentCaptured.name]
    assert sorted(LedgerEntry.objects.values_list("amount_minor", flat=True)) == [-1999, 1999]
    assert check_books() == 0


def test_a_part_is_captured_and_no_more_than_that_can_be_sent_back(set_aside):
    assert capture(set_aside, HALF).amount == HALF
    payment = row(set_aside)
    assert (payment.status, payment.authorized_minor, payment.amount_received_minor) == ("succeeded", 1999, 1000)
    with pytest.raises(RefundRefused) as no:
        api.refund_payment(refund_id=uuid7(), order_id=set_aside, amount=PRICE, reason="customer")
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
def test_what_was_not_set_aside_is_not_captured(memory, set_aside, amount, reason):
    assert refused(set_aside, amount=amount)["reason"] == reason
    assert "capture" not in memory.calls
    assert row(set_aside).capture_id is None


def test_a_payment_has_one_capture(set_aside):
    capture_id = uuid7()
    capture(set_aside, HALF, capture_id)
    assert refused(set_aside)["reason"] == "already_captured"
    assert refused(set_aside, capture_id=capture_id)["reason"] == "other_arguments"


def test_before_it_is_authorized_nothing_can_be_captured(memory):
    set_aside = uuid7()
    open_it(set_aside)
    assert refused(set_aside)["reason"] == "not_authorized"


def test_a_capture_that_read_before_a_rival_claimed_is_refused(memory, set_aside, monkeypatch):
    rivals: list[CaptureStatus] = []
    claim = capturing._claim

    def slow(*mine):
        if not rivals:
            rivals.append(CaptureStatus.PENDING)
            memory.trouble = silent
            rivals.append(capture(set_aside, HALF).status)
            memory.trouble = lambda _: None
        return claim(*mine)

    monkeypatch.setattr(capturing, "_claim", slow)
    assert refused(set_aside)["reason"] == "in_progress"
    assert rivals == [CaptureStatus.PENDING] * 2
    with clock.shifted(timedelta(hours=1)):
        recheck_open_payments()
    assert refused(set_aside)["reason"] == "already_captured"
    assert (row(set_aside).amount_received_minor, len(memory.saved)) == (1000, 2)


def test_four_captures_at_once_take_once(memory, set_aside):
    ends = at_once(*[lambda: capture(set_aside, HALF)] * 4)
    assert sum(not isinstance(end, CaptureRefused) for end in ends) == 1
    assert (memory.calls.count("capture"), row(set_aside).amount_received_minor) == (1, 1000)


def test_a_provider_that_does_not_answer_leaves_it_to_the_sweep(memory, set_aside):
    memory.trouble = silent
    assert capture(set_aside).status is CaptureStatus.PENDING
    memory.trouble = lambda _: None
    with clock.frozen(clock.now() + timedelta(hours=1)):
        assert recheck_open_payments() == 1
    assert (row(set_aside).status, told()[-1]) == ("succeeded", PaymentCaptured.name)


@pytest.mark.parametrize("point", ["payments.capture.row", "payments.capture.sent"])
def test_a_crash_while_capturing_is_made_good_by_the_repeat(memory, set_aside, crash_at, point):
    capture_id = uuid7()
    with pytest.raises(crash_at(point)):
        capture(set_aside, capture_id=capture_id)
    assert capture(set_aside, capture_id=capture_id).status is CaptureStatus.SUCCEEDED
    assert (row(set_aside).amount_received_minor, told().count(PaymentCaptured.name)) == (1999, 1)


def test_behind_a_saved_failure_the_next_key_captures(memory, set_aside):
    capture_id = uuid7()
    memory.spoil(f"capture-{capture_id}")
    assert capture(set_aside, capture_id=capture_id).status is CaptureStatus.SUCCEEDED
    assert list(memory.saved)[-1] == f"capture-{capture_id}-2"


def test_what_the_provider_will_never_take_is_refused_and_free_again(memory, set_aside):
    memory.set("pi_1", authorized=HALF)
    assert refused(set_aside)["reason"] == "payment_intent_unexpected_state"
    assert (row(set_aside).capture_id, row(set_aside).capture_minor, row(set_aside).status) == (None, 0, "authorized")
    assert capture(set_aside, HALF).amount == HALF


def test_captured_at_the_provider_by_hand_is_learnt(memory, set_aside):
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=HALF)
    hear()
    assert (row(set_aside).amount_received_minor, told()[-1]) == (1000, PaymentCaptured.name)
    assert refused(set_aside)["reason"] == "already_captured"


def test_what_lapsed_meanwhile_is_refused_and_told(memory, set_aside):
    memory.let_go("pi_1", lapsed=True)
    for _ in range(2):
        assert refused(set_aside)["reason"] == "lapsed"
    assert (row(set_aside).status, told()[-1]) == ("canceled", PaymentVoided.name)


def test_an_authorization_of_which_no_webhook_told_is_asked_for(memory, set_aside):
    memory.let_go("pi_1", lapsed=True)
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert recheck_open_payments() == 1
    assert row(set_aside).status == "canceled"


@pytest.mark.parametrize("kinds", [*permutations(["amount_capturable_updated", "succeeded", "succeeded"])])
def test_webhooks_late_doubled_and_in_any_order_come_to_the_same(memory, set_aside, kinds):
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=HALF)
    for number, kind in enumerate(kinds):
        hear(f"payment_intent.{kind}", f"evt_{number}")
    assert (row(set_aside).status, row(set_aside).amount_received_minor) == ("succeeded", 1000)
    assert told() == [PaymentAuthorized.name, PaymentCaptured.name]
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize("kinds", [*permutations(["amount_capturable_updated", "canceled", "canceled"])])
def test_an_authorization_that_was_let_go_stays_so_whatever_comes_late(memory, set_aside, kinds):
    memory.let_go("pi_1")
    for number, kind in enumerate(kinds):
        hear(f"payment_intent.{kind}", f"evt_{number}")
    assert (row(set_aside).status, told()) == ("canceled", [PaymentAuthorized.name, PaymentVoided.name])
    assert not LedgerEntry.objects.exists()
