"""The books and the comparisons over time: a check costs what was written since the last; each is a row to look at."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.payments.models import (
    BooksCheckpoint,
    Difference,
    FinanceOperation,
    LedgerEntry,
    Payment,
    ReconciliationRun,
    Refund,
)
from apps.payments.providers import Refused
from apps.payments.services.books import read_books
from apps.payments.services.check_ledger import check_ledger
from apps.payments.services.run_reconciliation import LEASE, ask_reconciliation, run_reconciliation
from apps.payments.tasks import run_reconciliations
from apps.payments.tests.test_bank_transfer import receive
from apps.payments.tests.test_http_staff import READER, get, post
from apps.payments.tests.test_reconcile import intent
from apps.payments.tests.test_refund_payment import refund
from shop import clock, jobs
from shop.ids import uuid7
from shop.testing.counting import queries_of
from shop.testing.plans import assert_by_index

pytestmark = pytest.mark.usefixtures("database")
AN_HOUR = timedelta(hours=1)


def later(hours: int = 1):
    return clock.shifted(AN_HOUR * hours)


def test_a_check_goes_on_from_the_last_one_and_adds_what_came_since(paid):
    with later(1):
        assert check_ledger() == 0
        first = BooksCheckpoint.objects.get()
        assert (first.totals, first.entries) == ({"EUR": {"orders": -1999, "provider": 1999}}, 2)
        assert read_books().totals == first.totals
    with later(2):
        refund(paid)
    with later(4):
        assert read_books().totals == {"EUR": {"orders": 0, "provider": 0}}
        assert check_ledger() == 0
        assert read_books().entries == 4
    assert [row.entries for row in BooksCheckpoint.objects.order_by("until")] == [2, 4]


def test_what_was_checked_is_not_read_again_and_whole_trusts_no_checkpoint(paid):
    with later(1):
        check_ledger()
    BooksCheckpoint.objects.update(totals={"EUR": {"orders": -1999, "provider": 1998}})
    assert read_books().totals["EUR"] == {"orders": -1999, "provider": 1998}
    assert read_books(whole=True).totals["EUR"] == {"orders": -1999, "provider": 1999}
    with later(2):
        assert (check_ledger(), Difference.objects.get().detail) == (1, "The books of EUR sum to -0.01 EUR.")
        assert check_ledger(whole=True) == 1  # it is gone
    assert read_books().totals["EUR"] == {"orders": -1999, "provider": 1999}


def test_the_entries_of_the_last_minutes_are_in_no_checkpoint_yet(paid):
    check_ledger()
    assert [row.entries for row in BooksCheckpoint.objects.all()] == [0]
    assert read_books().entries == 2


def test_a_payment_that_nothing_touched_is_not_read_by_the_next_check(paid):
    with later(1):
        check_ledger()
    Payment.objects.update(amount_received_minor=2999)  # by no code of ours: only the whole check looks
    with later(24):
        assert check_ledger() == 0
        assert check_ledger(whole=True) == 1
        Payment.objects.update(amount_received_minor=1999)
        assert check_ledger() == 1  # an open difference is looked at until it is gone


def test_a_success_that_was_not_booked_is_found_by_the_next_check(paid):
    with later(1):
        check_ledger()
    with later(2):
        Payment.objects.create(
            order_id=uuid7(),
            order_number="SO-9",
            provider="stripe",
            currency="EUR",
            amount_minor=500,
            amount_received_minor=500,
            status="succeeded",
            succeeded_at=clock.now(),
        )
    with later(3):
        assert check_ledger() == 1
    assert Difference.objects.get().detail == "Order SO-9: 5.00 EUR is kept, the books say 0.00 EUR."


def test_a_check_costs_the_same_reads_whatever_lies_before_its_checkpoint(paid):
    costs = []
    for hour in (1, 3):
        with later(hour):
            check_ledger()
        with later(hour + 1), queries_of("payments") as queries:
            check_ledger()
        costs.append(len(queries))
        for number in range(5):
            LedgerEntry.objects.bulk_create(
                LedgerEntry(
                    id=uuid7(),
                    posting_id=uuid7(),
                    order_id=uuid7(),
                    account=account,
                    kind="received",
                    amount_minor=amount,
                    currency="EUR",
                    reference=str(number),
                )
                for account, amount in (("orders", -1), ("provider", 1))
            )
    assert costs[0] == costs[1]


def test_the_command_prints_the_totals_and_fails_when_they_differ(by_bank):
    receive(by_bank)
    out = StringIO()
    call_command("books", stdout=out)
    assert out.getvalue().splitlines() == [
        "EUR  bank       19.99 EUR",
        "EUR  orders     -19.99 EUR",
        "EUR  sum        0.00 EUR",
        "2 entries",
    ]
    Payment.objects.update(amount_received_minor=2999)
    with pytest.raises(CommandError, match=r"Order SO-1: 29\.99 EUR is kept, the books say 19\.99 EUR\."):
        call_command("books", "--whole", stdout=out)


def test_the_books_are_shown_to_finance(by_bank):
    receive(by_bank)
    euro = {
        "currency": "EUR",
        "accounts": [
            {"account": "bank", "total": {"amount": 1999, "currency": "EUR"}},
            {"account": "orders", "total": {"amount": -1999, "currency": "EUR"}},
        ],
        "sum": {"amount": 0, "currency": "EUR"},
    }
    assert get("/payments/books").json() == {"currencies": [euro], "entries": 2}


def test_a_comparison_is_asked_for_once_done_by_a_worker_and_told(memory, paid):
    jobs.woken.clear()
    memory.intents["pi_9"] = intent("pi_9", None)
    answers = [post("/payments/reconciliations", {}, key=key) for key in ("c1", "c1")]
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(202, "asked")] * 2
    assert (ReconciliationRun.objects.count(), jobs.woken) == (1, ["payments.run_reconciliations"])
    assert post("/payments/reconciliations", {}, key="c2", scopes=READER).status_code == 403
    with later(1):
        assert (run_reconciliations(), run_reconciliations()) == (1, 0)
    run = get(answers[0]["Location"].removeprefix("/api/v1")).json()
    assert (run["state"], run["found"], run["news"]) == ("done", 1, 1)
    assert [one["kind"] for one in run["differences"]] == ["strange_intent"]
    assert [row["id"] for row in get("/payments/reconciliations").json()["data"]] == [run["id"]]
    [difference] = get("/payments/differences").json()["data"]
    assert (difference["detail"], difference["resolved_at"]) == (run["differences"][0]["detail"], None)
    assert get("/payments/differences?state=gone").status_code == 422
    assert get(f"/payments/reconciliations/{uuid7()}").status_code == 404


def test_a_comparison_whose_worker_died_is_done_again_and_by_one_only(memory, paid):
    run = ask_reconciliation(run_id=uuid7(), asked_by="calendar")
    stale = ReconciliationRun.objects.get()
    assert (run_reconciliation(run), run_reconciliation(stale)) == (True, False)
    ReconciliationRun.objects.update(state="running", due=clock.now() + LEASE, finished_at=None)
    assert run_reconciliations() == 0
    with clock.shifted(LEASE + timedelta(minutes=1)):
        assert run_reconciliations() == 1
    assert ReconciliationRun.objects.get().state == "done"


def test_a_comparison_that_fails_says_why(memory, paid, caplog):
    def broken(_call):
        raise RuntimeError("a bug")

    memory.trouble = broken
    run_reconciliation(ask_reconciliation(run_id=uuid7(), asked_by="calendar"))
    run = ReconciliationRun.objects.get()
    assert (run.state, run.error, run.finished_at is None) == ("failed", "RuntimeError('a bug')", False)
    assert "The comparison with the provider failed" in caplog.text


def test_what_the_provider_refuses_to_tell_ends_no_comparison(memory, paid, caplog):
    def no(_call):
        raise Refused("not_allowed")

    memory.trouble = no
    with later(1):
        run_reconciliation(ask_reconciliation(run_id=uuid7(), asked_by="calendar"))
    assert ReconciliationRun.objects.get().state == "done"
    assert "refused" in caplog.text


READS = {
    "entries since": lambda: LedgerEntry.objects.filter(written_at__gte=clock.now()).order_by("written_at"),
    "successes since": lambda: Payment.objects.filter(succeeded_at__gte=clock.now()).order_by("succeeded_at"),
    "refunds since": lambda: Refund.objects.filter(succeeded_at__gte=clock.now()).order_by("succeeded_at"),
    "open differences": lambda: Difference.objects.filter(resolved_at=None).order_by("-last_found", "-id")[:21],
    "all differences": lambda: Difference.objects.order_by("-last_found", "-id")[:21],
    "comparisons": lambda: ReconciliationRun.objects.order_by("-asked_at", "-id")[:21],
    "comparisons to do": lambda: ReconciliationRun.objects.filter(state="asked", due__lte=clock.now()).order_by("due"),
    "the last checkpoint": lambda: BooksCheckpoint.objects.order_by("-until", "-pk")[:1],
    "what finance did": lambda: FinanceOperation.objects.order_by("-at", "-id")[:21],
}


@pytest.mark.parametrize("name", READS)
def test_this_is_read_by_an_index(paid, name):
    assert_by_index(READS[name]())
