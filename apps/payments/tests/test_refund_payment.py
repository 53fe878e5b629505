"""Refunds: once per id, never more than was paid, and pushed until they are done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.payments import api
from apps.payments.contracts import RefundFailed, RefundRefused, RefundStatus, RefundSucceeded
from apps.payments.models import Payment, Refund
from apps.payments.providers import Refused
from apps.payments.tasks import recheck_pending_refunds
from apps.payments.tests.test_open_payment import open_it, told
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.money import Money
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
ALL = Money(1999, "EUR")


def refund(order, amount=ALL, refund_id=None):
    return api.refund_payment(refund_id=refund_id or uuid7(), order_id=order, amount=amount, reason="customer")


def test_money_goes_back_once_per_refund_id(memory, paid):
    key = uuid7()
    first, second = refund(paid, refund_id=key), refund(paid, refund_id=key)
    assert first == second
    assert (first.status, first.amount) == (RefundStatus.SUCCEEDED, ALL)
    assert (list(memory.refunds), Payment.objects.get().amount_refunded_minor) == (["re_1"], 1999)
    assert told().count(RefundSucceeded.name) == 1


def test_parts_add_up_to_what_was_paid_and_no_further(memory, paid):
    refund(paid, Money(1500, "EUR"))
    with pytest.raises(RefundRefused) as refused:
        refund(paid, Money(500, "EUR"))
    assert refused.value.params == {"reason": "more_than_paid", "left": 499}
    refund(paid, Money(499, "EUR"))
    assert (len(memory.refunds), Payment.objects.get().amount_refunded_minor) == (2, 1999)


def test_what_was_not_paid_cannot_go_back(memory):
    order = uuid7()
    open_it(order)
    for unpaid in (order, uuid7()):
        with pytest.raises(RefundRefused) as refused:
            refund(unpaid)
        assert refused.value.params == {"reason": "not_paid"}
    assert not Refund.objects.exists()


def test_a_refund_id_is_good_for_one_refund(paid):
    key = uuid7()
    refund(paid, Money(100, "EUR"), key)
    with pytest.raises(RefundRefused) as refused:
        refund(paid, Money(200, "EUR"), key)
    assert refused.value.params == {"reason": "other_arguments"}


def test_a_silent_provider_leaves_it_pending_and_the_sweep_sends_it_once(memory, paid):
    def silent(call):
        raise Unavailable("no answer")

    memory.trouble = silent
    assert refund(paid).status is RefundStatus.PENDING
    memory.trouble = lambda _: None
    assert recheck_pending_refunds() == 0  # the request has its own time first
    with clock.shifted(timedelta(minutes=1)):
        assert recheck_pending_refunds() == 1
        assert recheck_pending_refunds() == 0
    assert Refund.objects.get().status == "succeeded"
    assert told().count(RefundSucceeded.name) == 1


def test_what_the_provider_refuses_frees_the_amount(memory, paid):
    def refuse(call):
        if call == "refund":
            raise Refused("charge_already_refunded")

    memory.trouble = refuse
    with pytest.raises(RefundRefused) as refused:
        refund(paid)
    assert refused.value.params == {"reason": "charge_already_refunded"}
    assert (Refund.objects.get().status, Payment.objects.get().amount_refunded_minor) == ("failed", 0)


def test_a_pending_refund_is_asked_about_until_it_is_done(memory, paid):
    from dataclasses import replace

    memory.refund_status = RefundStatus.PENDING
    assert refund(paid).status is RefundStatus.PENDING
    memory.refunds["re_1"] = replace(memory.refunds["re_1"], status=RefundStatus.SUCCEEDED)
    with clock.shifted(timedelta(minutes=1)):
        recheck_pending_refunds()
    assert Refund.objects.get().status == "succeeded"


def test_a_saved_failure_of_a_refund_is_left_behind_only_after_looking(memory, paid):
    key = uuid7()
    memory.spoil(f"refund-{key}")
    assert refund(paid, refund_id=key).status is RefundStatus.SUCCEEDED
    assert memory.calls[-3:] == ["refund", "find_refund", "refund"]
    assert list(memory.refunds) == ["re_1"]


@pytest.mark.parametrize("point", ["payments.refund.row", "payments.refund.sent", "payments.refund.applied"])
def test_a_crash_while_refunding_is_made_good_by_the_sweep(memory, paid, crash_at, point):
    with pytest.raises(crash_at(point)):
        refund(paid)
    with clock.shifted(timedelta(minutes=1)):
        recheck_pending_refunds()
    assert (Refund.objects.get().status, list(memory.refunds)) == ("succeeded", ["re_1"])
    assert told().count(RefundSucceeded.name) == 1


def test_nothing_goes_back_at_once(memory):
    order = uuid7()
    open_it(order, Money(0, "EUR"))
    assert refund(order, Money(0, "EUR")).status is RefundStatus.SUCCEEDED
    assert memory.calls == []


def test_threads_that_refund_at_once_never_send_more_than_was_paid(memory, paid):
    def clerk():
        try:
            return refund(paid, Money(1000, "EUR")).status.value
        except RefundRefused as refused:
            return refused.params["reason"]

    assert sorted(map(str, at_once(*[clerk] * 5))) == ["more_than_paid"] * 4 + ["succeeded"]
    assert (len(memory.refunds), Payment.objects.get().amount_refunded_minor) == (1, 1000)


def test_a_refund_that_fails_after_it_was_promised_is_told(memory, paid):
    """The caller was answered `pending` and went on: without this news the shop would keep the money."""
    memory.refund_status = RefundStatus.PENDING
    key = uuid7()
    assert refund(paid, refund_id=key).status == RefundStatus.PENDING
    memory.refunds["re_1"] = replace(memory.refunds["re_1"], status=RefundStatus.FAILED, failure_reason="lost_card")
    with clock.shifted(timedelta(hours=1)):
        recheck_pending_refunds()
    assert (Refund.objects.get().status, told()[-1]) == ("failed", RefundFailed.name)
    assert Payment.objects.get().amount_refunded_minor == 0


def test_a_refund_that_the_provider_refuses_later_is_told(memory, paid):
    def down(call: str) -> None:
        if call == "refund":
            raise Unavailable("down")

    memory.trouble = down
    refund(paid)

    def refuse(call: str) -> None:
        if call == "refund":
            raise Refused("charge_disputed")

    memory.trouble = refuse
    with clock.shifted(timedelta(hours=1)):
        recheck_pending_refunds()
    assert told().count(RefundFailed.name) == 1


def test_one_refund_that_cannot_be_looked_at_does_not_stop_the_others(memory, paid, caplog):
    memory.refund_status = RefundStatus.PENDING
    for amount in (1000, 999):
        refund(paid, Money(amount, "EUR"))
    first = memory.refunds.pop("re_1")
    memory.refunds["re_2"] = replace(memory.refunds["re_2"], status=RefundStatus.SUCCEEDED)
    with clock.shifted(timedelta(hours=1)):
        recheck_pending_refunds()
    assert sorted(Refund.objects.values_list("status", flat=True)) == ["pending", "succeeded"]
    assert first.status is RefundStatus.PENDING
