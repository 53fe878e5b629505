"""Disputes: asked of the provider, booked where the money is, told once per status, never refunded a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from apps.payments.contracts import DisputeStatus, PaymentDisputed, RefundRefused
from apps.payments.models import Difference, Dispute, LedgerEntry, Payment, ProviderEvent
from apps.payments.providers import DisputeState
from apps.payments.services.check_ledger import check_ledger
from apps.payments.services.reconcile import reconcile
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events
from apps.payments.tests.memory import notice
from apps.payments.tests.test_http_staff import get
from apps.payments.tests.test_open_payment import open_it, told
from apps.payments.tests.test_refund_payment import ALL, refund
from apps.payments.tests.test_stripe import hear as hear_of_payment
from apps.payments.tests.test_stripe import pay as pay_at_stripe
from shop.ids import uuid7
from shop.money import Money
from shop.testing.plans import assert_by_index
from shop.testing.races import happens_after

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
NOTHING, FEE = Money(0, "EUR"), Money(1500, "EUR")
OPEN = DisputeState(
    "du_1",
    "pi_1",
    ALL,
    DisputeStatus.OPEN,
    "needs_response",
    "fraudulent",
    ALL,
    FEE,
    datetime(2026, 1, 20, tzinfo=UTC),
    NOW,
)
WON = replace(OPEN, status=DisputeStatus.WON, provider_status="won", withdrawn=NOTHING)
LOST = replace(OPEN, status=DisputeStatus.LOST, provider_status="lost")
INQUIRY = replace(OPEN, provider_status="warning_needs_response", withdrawn=NOTHING, fee=NOTHING)


def hear(memory, state, *, number=1, kind="created"):
    """The provider tells of it, and a worker asks what is true."""
    memory.disputes[state.reference] = state
    event = replace(
        notice(f"evt_du_{number}", f"charge.dispute.{kind}", state.reference), intent_reference=state.intent
    )
    record_event(event)
    handle_provider_events()


def totals() -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, amount in LedgerEntry.objects.values_list("account", "amount_minor"):
        sums[account] = sums.get(account, 0) + amount
    return {account: total for account, total in sums.items() if total}


def test_a_dispute_takes_the_money_and_its_fee_and_is_told_once(memory, paid):
    for number in (1, 2, 3):
        hear(memory, OPEN, number=number)
    assert totals() == {"provider": -1500, "disputed": 1999, "fees": 1500, "orders": -1999}
    assert told().count(PaymentDisputed.name) == 1
    row = Dispute.objects.get()
    assert (row.pk, row.order_id, row.status, row.revision) == ("du_1", paid, "open", 1)
    assert Payment.objects.get().amount_disputed_minor == 1999
    assert check_ledger() == 0


def test_who_wins_has_the_money_back_but_not_the_fee(memory, paid):
    hear(memory, OPEN)
    hear(memory, WON, number=2, kind="closed")
    hear(memory, WON, number=3, kind="funds_reinstated")
    assert totals() == {"provider": 499, "fees": 1500, "orders": -1999}
    assert (Payment.objects.get().amount_disputed_minor, told().count(PaymentDisputed.name)) == (0, 2)
    assert refund(paid).status == "succeeded"
    assert check_ledger() == 0


def test_who_loses_has_lost_it(memory, paid):
    hear(memory, OPEN)
    hear(memory, LOST, number=2, kind="closed")
    assert totals() == {"provider": -1500, "lost": 1999, "fees": 1500, "orders": -1999}
    assert Dispute.objects.get().closed_at is not None
    with pytest.raises(RefundRefused):
        refund(paid, Money(1, "EUR"))
    assert check_ledger() == 0


def test_a_lost_one_that_is_won_after_all_is_booked_back(memory, paid):
    for number, state in enumerate((OPEN, LOST, WON)):
        hear(memory, state, number=number)
    assert totals() == {"provider": 499, "fees": 1500, "orders": -1999}


def test_news_of_the_end_alone_is_enough(memory, paid):
    hear(memory, LOST, kind="closed")
    assert totals() == {"provider": -1500, "lost": 1999, "fees": 1500, "orders": -1999}
    assert told().count(PaymentDisputed.name) == 1


def test_an_inquiry_takes_nothing(memory, paid):
    hear(memory, INQUIRY)
    assert totals() == {"provider": 1999, "orders": -1999}
    assert (Dispute.objects.get().status, told().count(PaymentDisputed.name)) == ("open", 1)
    hear(memory, OPEN, number=2, kind="funds_withdrawn")
    assert (totals()["disputed"], told().count(PaymentDisputed.name)) == (1999, 1)


def test_no_more_is_sent_back_than_the_dispute_left(memory, paid):
    part = replace(OPEN, amount=Money(1500, "EUR"), withdrawn=Money(1500, "EUR"))
    hear(memory, part)
    with pytest.raises(RefundRefused) as refused:
        refund(paid)
    assert refused.value.params == {"reason": "more_than_paid", "left": 499}
    assert refund(paid, Money(499, "EUR")).status == "succeeded"


def test_a_fee_in_another_currency_is_booked_in_its_own(memory, paid):
    hear(memory, replace(OPEN, fee=Money(1700, "USD")))
    assert sorted(LedgerEntry.objects.filter(kind="fee").values_list("account", "amount_minor", "currency")) == [
        ("fees", 1700, "USD"),
        ("provider", -1700, "USD"),
    ]
    assert check_ledger() == 0


@pytest.mark.parametrize("state", [replace(OPEN, intent="pi_9"), replace(OPEN, intent="")])
def test_a_dispute_of_no_payment_of_ours_is_noted_and_is_a_difference(memory, paid, state):
    hear(memory, state)
    assert ProviderEvent.objects.get().note == "A dispute of no payment of ours."
    assert reconcile().news == 1
    assert [row.kind for row in Difference.objects.all()] == ["strange_dispute"]


def test_what_was_heard_before_somebody_else_wrote_is_not_written(memory, paid):
    hear(memory, OPEN)
    asked = "apps.payments.tests.memory.MemoryProvider.retrieve_dispute"
    with happens_after(asked, lambda: hear(memory, LOST, number=2)):
        hear(memory, WON, number=3)  # heard as won, and by then it was lost
    assert Dispute.objects.get().status == "lost"
    assert totals() == {"provider": -1500, "lost": 1999, "fees": 1500, "orders": -1999}


def test_what_moves_no_money_is_not_written_over_newer_words_either(memory, paid):
    """No posting of the same id stands in the way then: the revision alone guards it."""
    hear(memory, OPEN)
    newer, older = replace(OPEN, provider_status="under_review"), replace(OPEN, reason="product_not_received")
    asked = "apps.payments.tests.memory.MemoryProvider.retrieve_dispute"
    with happens_after(asked, lambda: hear(memory, newer, number=2)):
        hear(memory, older, number=3)
    row = Dispute.objects.get()
    assert (row.provider_status, row.reason, row.revision) == ("under_review", "fraudulent", 2)


def test_a_webhook_that_never_came_is_made_up_for_however_late_the_bank_decides(memory, paid):
    memory.disputes["du_1"] = OPEN
    assert reconcile().news == 0
    assert Dispute.objects.get().status == "open"
    memory.disputes_between = lambda *_: iter(())
    memory.disputes["du_1"] = LOST
    assert (reconcile().news, Dispute.objects.get().status) == (0, "lost")


def test_a_dispute_that_the_provider_does_not_know_is_a_difference(memory, paid):
    hear(memory, OPEN)
    memory.disputes.clear()
    assert reconcile().news == 1
    assert Difference.objects.get().detail == "Order SO-1: the provider does not know the dispute du_1."


def test_finance_sees_it(memory, paid, staff):
    hear(memory, OPEN)
    [shown] = get(f"/payments/{paid}").json()["disputes"]
    assert get("/payments/disputes?status=open").json()["data"] == [shown]
    assert (shown["status"], shown["withdrawn"], shown["fee"]["amount"]) == (
        "open",
        {"amount": 1999, "currency": "EUR"},
        1500,
    )
    assert get("/payments/disputes?status=won").json()["data"] == []
    assert staff.get("/admin/payments/dispute/").status_code == 200
    assert staff.get("/admin/payments/dispute/du_1/change/").status_code == 200
    assert "du_1" in staff.get(f"/admin/payments/payment/{paid}/change/").text
    assert_by_index(Dispute.objects.order_by("-opened_at", "-id")[:21])
    assert_by_index(Dispute.objects.filter(status="open").order_by("-opened_at", "-id")[:21])
    assert_by_index(Dispute.objects.filter(order_id=paid))


def test_a_dispute_at_the_fake_stripe_is_opened_won_and_booked(fake_stripe, stripe_provider):
    order = uuid7()
    open_it(order)
    pay_at_stripe(fake_stripe, order)
    intent = hear_of_payment(order).provider_reference
    base = f"{fake_stripe.url}/_fake"
    dispute = requests.post(f"{base}/payment_intents/{intent}/dispute", data={"reason": "duplicate"}, timeout=5).json()
    for number, (kind, status) in enumerate((("created", "open"), ("closed", "won"))):
        if status == "won":
            requests.post(f"{base}/disputes/{dispute['id']}/close", data={"result": "win"}, timeout=5)
        event = notice(f"evt_du_{number}", f"charge.dispute.{kind}", dispute["id"])
        record_event(replace(event, intent_reference=intent))
        handle_provider_events()
        assert (Dispute.objects.get().status, Dispute.objects.get().reason) == (status, "duplicate")
    assert totals() == {"provider": -1, "fees": 2000, "orders": -1999}
    assert reconcile(window=timedelta(days=1)).news == 0
