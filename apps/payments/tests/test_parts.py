"""Authorized money in several captures: never more in all than was set aside, each once, all of it in the books."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from apps.payments import api
from apps.payments.contracts import (
    CaptureRefused,
    CaptureStatus,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentPartlyCaptured,
    PaymentStatus,
    RefundRefused,
    VoidRefused,
)
from apps.payments.models import FinanceKind, FinanceOperation, LedgerEntry, Payment, PaymentCapture
from apps.payments.providers import Refused
from apps.payments.services import capture_payment as capturing
from apps.payments.services.capture_early import capture_early
from apps.payments.services.capture_payment import capture_with
from apps.payments.services.void_by_hand import void_by_hand
from apps.payments.tasks import check_books, recheck_open_payments
from apps.payments.tests.test_handle_event import hear
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.models import OutboxRow
from shop.money import Money
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
FIVE, SEVEN = Money(500, "EUR"), Money(700, "EUR")


def euro(cents):
    return Money(cents, "EUR")


def part(order_id, amount=FIVE, capture_id=None, *, final=False):
    return capture_early(
        operation_id=capture_id or uuid7(), order_id=order_id, amount=amount, final=final, actor="staff:1"
    )


def refused(order_id, **call):
    with pytest.raises(CaptureRefused) as no:
        part(order_id, **call)
    return no.value.params


def row():
    return Payment.objects.get()


def money():
    payment = row()
    return payment.status, payment.amount_received_minor, payment.amount_capturable.amount


def booked():
    return sorted(LedgerEntry.objects.filter(amount_minor__gt=0).values_list("amount_minor", flat=True))


def test_parts_are_taken_one_after_the_other_and_the_last_one_lets_go_of_the_rest(memory, set_aside):
    answers = [part(set_aside), part(set_aside, SEVEN), part(set_aside, FIVE, final=True)]

    assert [(one.amount, one.final, one.status) for one in answers] == [
        (FIVE, False, CaptureStatus.SUCCEEDED),
        (SEVEN, False, CaptureStatus.SUCCEEDED),
        (FIVE, True, CaptureStatus.SUCCEEDED),
    ]
    assert money() == ("succeeded", 1700, 0)
    assert told() == [PaymentAuthorized.name, *[PaymentPartlyCaptured.name] * 2, PaymentCaptured.name]
    assert (booked(), check_books()) == ([500, 500, 700], 0)
    assert [(one.amount, one.final) for one in PaymentCapture.objects.order_by("at")] == [
        (FIVE, False),
        (SEVEN, False),
        (FIVE, True),
    ]


def test_what_takes_all_that_is_left_is_final_whatever_it_was_called(memory, set_aside):
    part(set_aside)
    assert part(set_aside, euro(1499)).final
    assert money() == ("succeeded", 1999, 0)
    part_of_nothing = refused(set_aside, amount=euro(1))
    assert part_of_nothing["reason"] == "already_captured"


def test_without_an_amount_all_that_is_left_is_taken(memory, set_aside):
    part(set_aside)
    assert part(set_aside, None, final=True).amount == euro(1499)


def test_a_repeated_part_is_the_same_part(memory, set_aside):
    capture_id = uuid7()
    first = part(set_aside, FIVE, capture_id)
    part(set_aside, SEVEN)
    assert part(set_aside, FIVE, capture_id) == first
    assert refused(set_aside, amount=SEVEN, capture_id=capture_id)["reason"] == "other_arguments"
    assert (money(), memory.calls.count("capture")) == (("authorized", 1200, 799), 2)


def test_no_more_is_taken_in_all_than_was_set_aside(memory, set_aside):
    part(set_aside, euro(1500))
    assert refused(set_aside) == {"reason": "more_than_authorized", "left": 499}
    assert money() == ("authorized", 1500, 499)


def test_eight_parts_at_once_take_no_more_than_was_set_aside(memory, set_aside):
    """Four fit. Who meets another one under way is told to ask again, and does."""

    def insist():
        for _ in range(200):
            try:
                return part(set_aside).status
            except CaptureRefused as no:
                if no.params["reason"] != "in_progress":
                    return no.params["reason"]
        raise AssertionError("never its turn")

    ends = at_once(*[insist] * 8)

    assert sorted(map(str, ends)) == ["more_than_authorized"] * 5 + ["succeeded"] * 3
    assert (money(), booked(), check_books()) == (("authorized", 1500, 499), [500] * 3, 0)


def test_while_a_part_is_under_way_others_wait_and_the_sweep_brings_it_to_its_end(memory, set_aside):
    def silent(call):
        if call == "capture.after":
            raise Unavailable("no answer")

    memory.trouble = silent
    assert part(set_aside).status is CaptureStatus.PENDING
    assert refused(set_aside)["reason"] == "in_progress"
    with pytest.raises(VoidRefused):
        void_by_hand(operation_id=uuid7(), order_id=set_aside, note="", actor="staff:1")
    memory.trouble = lambda _: None
    with clock.shifted(timedelta(hours=1)):
        assert recheck_open_payments() == 1
    assert (money(), booked()) == (("authorized", 500, 1499), [500])


def test_a_part_is_not_taken_again_by_a_key_that_the_provider_has_forgotten(memory, set_aside):
    """As after a day: only what is true there tells that it was taken."""

    def cut(call):
        if call == "capture.after":
            raise Unavailable("no answer")

    memory.trouble = cut
    part(set_aside)
    memory.trouble = lambda _: None
    memory.saved.clear()
    with clock.shifted(timedelta(days=2)):
        recheck_open_payments()
    assert (money(), booked(), memory.calls.count("capture")) == (("authorized", 500, 1499), [500], 1)


def test_a_repeat_whose_twin_has_taken_the_part_in_that_moment_is_the_same_part(memory, set_aside, monkeypatch):
    """As by a double click: the twin is done before the repeat claims, so that nothing is claimed any more."""
    capture_id, claim, twins = uuid7(), capturing._claim, []

    def slow(*mine):
        if not twins:
            twins.append(None)
            twins.append(part(set_aside, FIVE, capture_id))
        return claim(*mine)

    monkeypatch.setattr(capturing, "_claim", slow)
    assert part(set_aside, FIVE, capture_id) == twins[-1]
    assert (money(), booked(), memory.calls.count("capture")) == (("authorized", 500, 1499), [500], 1)
    assert FinanceOperation.objects.count() == 1


@pytest.mark.parametrize("point", ["payments.capture.row", "payments.capture.sent"])
def test_a_crash_takes_a_part_once(memory, set_aside, crash_at, point):
    capture_id = uuid7()
    with pytest.raises(crash_at(point)):
        part(set_aside, FIVE, capture_id)
    assert part(set_aside, FIVE, capture_id).status is CaptureStatus.SUCCEEDED
    assert (money(), booked(), check_books()) == (("authorized", 500, 1499), [500], 0)


def test_where_the_bank_takes_no_parts_it_is_refused_and_the_whole_can_still_be_taken(memory, set_aside):
    memory.in_parts = False
    capture_id = uuid7()
    assert refused(set_aside, capture_id=capture_id)["reason"] == "parameter_invalid"
    assert refused(set_aside, capture_id=capture_id)["reason"] == "refused_before"
    assert not PaymentCapture.objects.exists()
    kinds = list(FinanceOperation.objects.order_by("at").values_list("kind", flat=True))
    assert kinds == [FinanceKind.CAPTURED, FinanceKind.CORRECTED]
    assert part(set_aside, None, final=True).amount == PRICE


def last_event():
    return json.loads(OutboxRow.objects.using("payments").order_by("pk").last().payload)


@pytest.mark.parametrize(("lapsed", "said"), [(False, False), (True, True), (True, False)])
def test_what_a_last_capture_leaves_is_told_from_what_lapsed(memory, set_aside, lapsed, said):
    """Also if the provider only says that it is over, as it does of what was captured in part."""
    part(set_aside)
    if lapsed:
        memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=FIVE, authorized=euro(0), lapsed=said)
        with clock.shifted(timedelta(hours=1)):
            recheck_open_payments()
    else:
        part(set_aside, SEVEN, final=True)
    assert (told()[-1], last_event()["let_go"], last_event()["lapsed"]) == (PaymentCaptured.name, lapsed, lapsed)
    assert api.get_payment(order_id=set_aside).let_go is False


def test_what_parts_have_left_is_let_go_of_once(memory, set_aside):
    part(set_aside)
    operation = uuid7()
    for _ in range(2):
        done = void_by_hand(operation_id=operation, order_id=set_aside, note="sold out", actor="staff:1")
        assert (done.status, done.amount_received) == (PaymentStatus.SUCCEEDED, FIVE)
    assert (money(), memory.calls.count("release"), told()[-1]) == (("succeeded", 500, 0), 1, PaymentCaptured.name)
    assert (api.get_payment(order_id=set_aside).let_go, last_event()["let_go"]) == (True, True)
    deed = FinanceOperation.objects.get(kind=FinanceKind.VOIDED)
    assert (deed.amount_minor, FinanceOperation.objects.count(), check_books()) == (1499, 2, 0)


def refuse_to_send(order_id, amount):
    with pytest.raises(RefundRefused) as no:
        api.refund_payment(refund_id=uuid7(), order_id=order_id, amount=amount, reason="customer")
    return no.value.params


def test_of_parts_what_came_can_be_sent_back_while_the_rest_is_set_aside(memory, set_aside):
    """As Stripe permits; what is only set aside is no money that could be sent."""
    assert refuse_to_send(set_aside, euro(1)) == {"reason": "still_authorized"}
    assert refuse_to_send(set_aside, euro(0)) == {"reason": "still_authorized"}
    part(set_aside)
    assert refuse_to_send(set_aside, euro(501)) == {"reason": "more_than_paid", "left": 500}
    api.refund_payment(refund_id=uuid7(), order_id=set_aside, amount=euro(300), reason="goodwill")
    assert refuse_to_send(set_aside, euro(201)) == {"reason": "more_than_paid", "left": 200}
    assert (money(), row().amount_refunded_minor, check_books()) == (("authorized", 500, 1499), 300, 0)
    part(set_aside, SEVEN, final=True)
    api.refund_payment(refund_id=uuid7(), order_id=set_aside, amount=euro(900), reason="customer")
    assert refuse_to_send(set_aside, euro(1)) == {"reason": "more_than_paid", "left": 0}
    assert (money(), row().amount_refunded_minor, check_books()) == (("succeeded", 1200, 0), 1200, 0)


def test_an_order_that_is_given_up_keeps_no_part(memory, set_aside):
    """Orders voids first, and sends back what came."""
    part(set_aside)
    assert api.void_payment(order_id=set_aside).amount_received == FIVE
    api.refund_payment(refund_id=uuid7(), order_id=set_aside, amount=FIVE, reason="customer")
    assert (row().amount_refunded_minor, check_books()) == (500, 0)


def test_a_part_that_was_taken_on_the_providers_own_page_is_heard_of(memory, set_aside):
    memory.take("pi_1", SEVEN, final=False)
    hear("payment_intent.amount_capturable_updated", "evt_part")
    hear("payment_intent.amount_capturable_updated", "evt_part_again")
    assert (money(), booked()) == (("authorized", 700, 1299), [700])
    memory.take("pi_1", FIVE, final=True)
    hear("payment_intent.succeeded", "evt_end")
    assert (money(), booked(), check_books()) == (("succeeded", 1200, 0), [500, 700], 0)


def test_a_part_of_another_size_than_asked_for_is_corrected_in_the_log(memory, set_aside):
    def by_hand(call):
        if call == "capture":
            memory.take("pi_1", SEVEN, final=False)
            raise Refused("parameter_invalid")

    memory.trouble = by_hand
    capture_id = uuid7()
    assert part(set_aside, FIVE, capture_id).amount == SEVEN
    assert part(set_aside, FIVE, capture_id).amount == SEVEN
    notes = list(FinanceOperation.objects.order_by("at").values_list("note", flat=True))
    assert notes == ["", "7.00 EUR were captured, not what was asked for."]
    assert (money(), booked()) == (("authorized", 700, 1299), [700])


def test_an_earlier_versions_capture_has_no_row_and_is_still_known(memory, set_aside):
    capture_id = uuid7()
    capture_with(capture_id, set_aside, FIVE)
    PaymentCapture.objects.all().delete()
    again = capture_with(capture_id, set_aside, FIVE)
    assert (again.amount, again.status, again.final) == (FIVE, CaptureStatus.SUCCEEDED, True)


def test_money_of_another_currency_is_written_as_it_came(memory):
    """Somebody changed the intent at the provider's own page; orders has people look at it."""
    open_it(uuid7())
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=Money(1999, "USD"))
    hear("payment_intent.succeeded", "evt_dollars")
    assert (row().status, row().amount_received_minor, booked()) == ("succeeded", 1999, [1999])
    assert set(LedgerEntry.objects.values_list("currency", flat=True)) == {"USD"}


def test_authorized_money_of_another_currency_is_written_as_it_came_too(memory):
    open_it(uuid7())
    memory.set("pi_1", status=PaymentStatus.AUTHORIZED, authorized=Money(1999, "USD"), received=Money(0, "USD"))
    hear("payment_intent.amount_capturable_updated", "evt_aside")
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=Money(1000, "USD"), authorized=Money(0, "USD"))
    hear("payment_intent.succeeded", "evt_dollars")
    assert (row().status, row().amount_received_minor, booked()) == ("succeeded", 1000, [1000])
    assert (last_event()["amount"], last_event()["let_go"]) == ({"amount": 1000, "currency": "USD"}, False)


def test_a_capture_of_what_lapsed_before_anybody_heard_of_it_is_refused_and_does_not_wait_for_ever(memory, set_aside):
    """A parcel left meanwhile: its order has to tell people."""
    part(set_aside)
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=FIVE, authorized=euro(0))
    capture_id = uuid7()
    for _ in range(2):
        with pytest.raises(CaptureRefused) as no:
            api.capture_payment(capture_id=capture_id, order_id=set_aside, amount=euro(1499))
        assert no.value.params["reason"] == "lapsed"
    assert (row().status, row().amount_received_minor, check_books()) == ("succeeded", 500, 0)
    assert (told()[-1], last_event()["lapsed"]) == (PaymentCaptured.name, True)
