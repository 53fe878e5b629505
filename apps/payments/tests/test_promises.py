"""Goods are about to leave on authorized money: of a promise and a void one comes first, and the other is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.payments import api
from apps.payments.contracts import (
    CaptureRefused,
    CaptureStatus,
    PaymentNotFound,
    PaymentStatus,
    VoidRefused,
)
from apps.payments.models import FinanceOperation
from apps.payments.services import void_by_hand as voiding
from apps.payments.tasks import recheck_open_payments
from apps.payments.tests.test_admin_finance import PAYMENTS, deed
from apps.payments.tests.test_capture_payment import HALF, capture, refused, row
from apps.payments.tests.test_handle_event import hear
from apps.payments.tests.test_http_staff import post
from apps.payments.tests.test_open_payment import PRICE, open_it
from apps.payments.tests.test_parts import part
from apps.payments.tests.test_void_by_hand import let_go, silent, why_not
from shop import clock
from shop.ids import uuid7
from shop.money import Money
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
LEAVING = (409, "payments.void_refused", "parcel_leaving")


def promise(order_id, number=1):
    return api.promise_capture(order_id=order_id, number=number)


def withdraw(order_id, number=1):
    return api.withdraw_promise(order_id=order_id, number=number)


def test_on_a_promise_nothing_is_let_go_until_it_is_withdrawn(memory, set_aside):
    assert [promise(set_aside).promised for _ in range(2)] == [1, 1]
    answer = post(f"/payments/{set_aside}/voids")
    assert why_not(answer) == LEAVING
    assert "try again in a minute" in answer.json()["detail"]
    assert (FinanceOperation.objects.count(), row(set_aside).void_id, "cancel" in memory.calls) == (0, None, False)
    assert [withdraw(set_aside) for _ in range(2)] == [True, True]
    assert (post(f"/payments/{set_aside}/voids", key="k2").status_code, row(set_aside).status) == (201, "canceled")


def test_on_a_promise_all_of_it_is_captured(memory, set_aside):
    promise(set_aside)
    assert capture(set_aside).status is CaptureStatus.SUCCEEDED
    after = promise(set_aside, 2)
    assert (after.status, after.amount_received, after.promised) == (PaymentStatus.SUCCEEDED, PRICE, 0)
    assert why_not(post(f"/payments/{set_aside}/voids"))[2] == "already_captured"


def test_who_presses_the_button_meanwhile_reads_why_not(memory, staff, set_aside):
    promise(set_aside)
    once = {"operation": str(uuid7()), "from_page": f"{PAYMENTS}{set_aside}/change/", "note": "Pays by bank."}
    assert "A parcel of this order is just leaving" in deed(staff, PAYMENTS, "void", set_aside, **once).text
    assert (row(set_aside).void_id, FinanceOperation.objects.count()) == (None, 0)


@pytest.mark.parametrize(
    ("deeds", "kept"),
    [
        (["+1", "-1", "+1"], 0),  # one that comes late
        (["-1", "+1"], 0),
        (["+1", "-1", "+2"], 2),
        (["+2", "+1"], 2),
        (["+1", "+2", "-1"], 2),
        (["+1", "+2", "-2"], 0),
        (["+1", "-2", "+2"], 0),
    ],
)
def test_promises_and_withdrawals_in_any_order_say_what_the_last_number_says(memory, set_aside, deeds, kept):
    for one in deeds:
        (promise if one[0] == "+" else withdraw)(set_aside, int(one[1:]))
    assert (api.get_payment(order_id=set_aside).promised, withdraw(set_aside, 1)) == (kept, not kept)
    if kept:
        with pytest.raises(VoidRefused):
            let_go(set_aside, uuid7())
    else:
        assert let_go(set_aside, uuid7()).status is PaymentStatus.CANCELED


def test_while_it_is_being_let_go_nothing_is_promised_and_after_a_refusal_it_is(memory, set_aside):
    memory.trouble = silent
    let_go(set_aside, uuid7())
    while_silent = promise(set_aside)
    assert (while_silent.letting_go, while_silent.promised) == (True, 0)
    memory.trouble, memory.refuses = (lambda _: None), True
    with clock.shifted(timedelta(hours=1)):
        recheck_open_payments()
    assert (row(set_aside).void_id, promise(set_aside).promised) == (None, 1)


def test_what_is_not_set_aside_is_not_promised(memory, set_aside):
    open_it(other := uuid7())
    assert promise(other).promised == 0
    let_go(set_aside, uuid7())
    assert (promise(set_aside).promised, promise(set_aside).let_go) == (0, True)
    with pytest.raises(PaymentNotFound):
        promise(uuid7())
    assert withdraw(uuid7()) is True


def test_a_void_that_read_before_a_promise_was_made_is_refused(memory, set_aside, monkeypatch):
    claim = voiding._claim

    def slow(*mine):
        promise(set_aside)
        return claim(*mine)

    monkeypatch.setattr(voiding, "_claim", slow)
    with pytest.raises(VoidRefused) as no:
        let_go(set_aside, uuid7())
    assert (no.value.params["reason"], FinanceOperation.objects.count()) == ("parcel_leaving", 0)


def test_of_a_promise_and_a_void_at_once_one_is_refused(memory, set_aside):
    for number in range(1, 6):
        let, kept = at_once(lambda: let_go(set_aside, uuid7()), lambda number=number: promise(set_aside, number))
        assert isinstance(let, VoidRefused) == (kept.promised == number), (let, kept)
        if kept.promised != number:
            break
        withdraw(set_aside, number)


def test_an_order_that_is_given_up_is_let_go_whatever_was_promised(memory, set_aside):
    """It was moved first, so that no parcel leaves: the promise is orders' own."""
    promise(set_aside)
    assert api.void_payment(order_id=set_aside).status is PaymentStatus.CANCELED
    assert promise(set_aside).promised == 0


def test_after_a_capture_that_the_provider_refuses_it_is_promised_until_orders_withdraws(memory, set_aside):
    promise(set_aside)
    memory.set("pi_1", authorized=HALF)
    assert refused(set_aside)["reason"] == "payment_intent_unexpected_state"
    with pytest.raises(VoidRefused):
        let_go(set_aside, uuid7())
    withdraw(set_aside)
    assert let_go(set_aside, uuid7()).status is PaymentStatus.CANCELED


@pytest.mark.parametrize(
    ("parts", "end", "lapsed", "reason"),
    [
        (0, {"status": PaymentStatus.CANCELED, "lapsed": True}, True, "lapsed"),
        (0, {"status": PaymentStatus.CANCELED}, False, "voided"),
        (1, {"status": PaymentStatus.SUCCEEDED, "lapsed": True}, True, "lapsed"),
        (1, {"status": PaymentStatus.SUCCEEDED}, True, "lapsed"),  # Stripe need not say so
        (1, {"status": PaymentStatus.SUCCEEDED, "received": HALF}, False, "already_captured"),  # at its own page
        (0, {"status": PaymentStatus.SUCCEEDED, "received": PRICE}, False, "already_captured"),
    ],
)
def test_what_lapsed_is_told_apart_from_what_was_captured_or_let_go(memory, set_aside, parts, end, lapsed, reason):
    for _ in range(parts):
        part(set_aside, Money(500, "EUR"))
    promise(set_aside)
    memory.set("pi_1", authorized=Money(0, "EUR"), **end)
    hear("payment_intent.canceled", "evt_end")
    known = api.get_payment(order_id=set_aside)
    assert (known.lapsed, known.let_go, known.promised) == (lapsed, False, 0)
    with pytest.raises(CaptureRefused) as no:
        api.capture_payment(capture_id=uuid7(), order_id=set_aside, amount=Money(500, "EUR"))
    assert no.value.params["reason"] == reason


def test_of_what_finance_let_go_after_a_part_nothing_has_lapsed(memory, set_aside):
    part(set_aside, Money(500, "EUR"))
    let_go(set_aside, uuid7())
    known = api.get_payment(order_id=set_aside)
    assert (known.status, known.let_go, known.lapsed) == (PaymentStatus.SUCCEEDED, True, False)
    assert refused(set_aside)["reason"] == "voided"
