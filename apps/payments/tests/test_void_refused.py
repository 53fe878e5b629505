"""A void that the provider refuses ends: by what is true there, never in silence, and without a second effect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.payments import api
from apps.payments.contracts import PaymentStatus, VoidRefused
from apps.payments.models import Difference, FinanceOperation
from apps.payments.providers import Refused
from apps.payments.services import push_void as pushing
from apps.payments.services.reconcile import reconcile
from apps.payments.tasks import check_books, recheck_open_payments
from apps.payments.tests.test_capture_payment import capture, row
from apps.payments.tests.test_http_staff import post
from apps.payments.tests.test_open_payment import PRICE
from apps.payments.tests.test_void_by_hand import let_go, silent, why_not
from shop import clock
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")
CODE = "payment_intent_unexpected_state"


def deeds():
    return list(FinanceOperation.objects.order_by("at", "id").values_list("kind", "note"))


def differences():
    return list(Difference.objects.filter(resolved_at=None).values_list("kind", "detail"))


def sweep(hours=1):
    with clock.shifted(timedelta(hours=hours)):
        return recheck_open_payments()


@pytest.fixture
def claimed(memory, set_aside):
    """A void whose first question got no answer."""
    memory.trouble = silent
    let_go(set_aside, uuid7())
    memory.trouble = lambda _: None
    return set_aside


def test_what_is_refused_at_once_is_told_and_stays_set_aside(memory, set_aside):
    memory.refuses = True
    assert why_not(post(f"/payments/{set_aside}/voids")) == (409, "payments.void_refused", CODE)
    assert why_not(post(f"/payments/{set_aside}/voids", key="k2")) == (409, "payments.void_refused", CODE)
    stored = row(set_aside)
    assert (stored.status, stored.void_id, stored.last_error) == ("authorized", None, f"Void refused: {CODE}")
    assert api.get_payment(order_id=set_aside).letting_go is False
    assert sorted(deeds()) == sorted([("voided", ""), ("corrected", f"Nothing was let go: {CODE}")] * 2)
    memory.refuses = False
    capture(set_aside)
    assert (row(set_aside).amount_received_minor, memory.calls.count("capture"), check_books()) == (1999, 1, 0)


def test_the_repeat_of_what_was_refused_asks_nobody(memory, set_aside):
    memory.refuses, operation = True, uuid7()
    for reason in (CODE, "refused_before"):
        with pytest.raises(VoidRefused) as no:
            let_go(set_aside, operation)
        assert no.value.params["reason"] == reason
    assert (memory.calls.count("cancel"), FinanceOperation.objects.count()) == (1, 2)


def test_what_the_sweep_is_refused_ends_the_claim_and_is_seen_until_the_money_goes_or_comes(memory, claimed):
    memory.refuses = True
    assert (sweep(), row(claimed).void_id, memory.calls.count("cancel")) == (1, None, 2)
    seen = [("not_let_go", "Order SO-1: 19.99 EUR was to be let go and is still set aside.")]
    assert differences() == seen
    with clock.shifted(timedelta(hours=1)):
        reconcile()
        assert differences() == seen
        memory.refuses = False
        let_go(claimed, uuid7())
        reconcile()
    assert (differences(), row(claimed).status) == ([], "canceled")


@pytest.mark.parametrize(
    ("there", "ends"), [(PaymentStatus.SUCCEEDED, 1999), (PaymentStatus.CANCELED, 0)], ids=["captured", "canceled"]
)
def test_refused_because_it_is_over_it_is_settled_as_the_provider_says(memory, claimed, there, ends):
    memory.refuses = True
    memory.set("pi_1", status=there, received=Money(ends, "EUR"), authorized=Money(0, "EUR"))
    assert (sweep(), row(claimed).status, row(claimed).amount_received_minor) == (1, there, ends)
    assert (sweep(48), check_books(), memory.calls.count("cancel")) == (0, 0, 2)
    assert differences() == []


def test_a_part_that_was_captured_there_meanwhile_is_kept_and_the_rest_let_go(memory, claimed):
    memory.take("pi_1", Money(500, "EUR"), final=False)
    cancel, memory.cancel_intent = memory.cancel_intent, memory._unchanged
    sweep()
    memory.cancel_intent = cancel
    stored = row(claimed)
    assert (stored.status, stored.amount_received_minor, memory.calls.count("release")) == ("succeeded", 500, 1)
    assert check_books() == 0


def test_what_the_provider_tells_nothing_of_stays_claimed_and_is_seen(memory, claimed):
    def unknown(call):
        if call in {"cancel", "retrieve"}:
            raise Refused("resource_missing")

    memory.trouble = unknown
    sweep()
    assert api.get_payment(order_id=claimed).letting_go is True
    told = "Order SO-1 is to be let go; the provider tells nothing of pi_1: resource_missing."
    assert differences() == [("missing", told)]
    memory.trouble = lambda _: None
    sweep(12)
    assert row(claimed).status == "canceled"


def test_what_is_not_told_at_once_is_no_failure_and_is_seen(memory, set_aside):
    def unknown(call):
        if call == "cancel":
            raise Refused("resource_missing")

    memory.trouble = unknown
    answer = post(f"/payments/{set_aside}/voids")
    assert (answer.status_code, answer.json()["status"], row(set_aside).status) == (202, "authorized", "authorized")
    assert [kind for kind, _ in differences()] == ["missing"]


def test_a_worker_that_gives_up_late_takes_no_new_claim_away(memory, claimed, monkeypatch):
    """Between its question and its giving up another one gave up, and finance claimed anew."""
    give_up, rivals = pushing._give_up, []
    memory.refuses = True

    def slow(payment, why):
        if not rivals:
            rivals.append(uuid7())
            give_up(payment, why)
            memory.trouble = silent
            let_go(claimed, rivals[0])
            memory.trouble = lambda _: None
        return give_up(payment, why)

    monkeypatch.setattr(pushing, "_give_up", slow)
    sweep()
    assert (row(claimed).void_id, [kind for kind, _ in deeds()].count("corrected")) == (rivals[0], 1)
    assert row(claimed).amount_capturable == PRICE
