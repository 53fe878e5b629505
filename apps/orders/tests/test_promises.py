"""A parcel leaves on a promise that nobody lets go of its money, or not at all, wherever somebody is slow or dies."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

import pytest

from apps.orders.contracts import IllegalMove
from apps.orders.models import CapturePromise, Order, OrderCapture, Parcel
from apps.orders.services import ship_parcel as shipping
from apps.orders.services.ship_parcel import Label, ship_parcel
from apps.orders.tasks import capture_shipped_orders, withdraw_promises
from apps.orders.testing.facts import pending
from apps.orders.tests.test_captures import TOTAL, authorize, captured, captured_part, eur, reasons, ship, voided
from apps.payments.contracts import CaptureRefused, PaymentStatus
from shop import clock, faults
from shop.errors import Unavailable
from shop.ids import derived_id, uuid7
from shop.testing.races import at_once, happens_after, happens_before

pytestmark = pytest.mark.usefixtures("database")
LATER = timedelta(minutes=2)
ASKED = "apps.orders.services.ship_parcel._promised"
MOVED = "apps.orders.services.ship_parcel.move_order"


@pytest.fixture
def order(world) -> Order:
    """Confirmed, its 24.95 EUR set aside and nothing taken."""
    world.set_aside = True
    authorize(world.place().order.pk)
    world.calls.clear()
    return world.order()


def promise():
    row = CapturePromise.objects.get()
    return row.number, row.open, row.due is not None


def asked(world):
    """What was asked of payments since the last look; one call after the other of the same port is one."""
    ports = [port for port, _ in groupby(world.calls)]
    world.calls.clear()
    return ports


def withdraw_late():
    with clock.shifted(LATER):
        return withdraw_promises()


def test_a_parcel_leaves_on_one_promise_that_stays_until_its_money_is_taken(world, order):
    ship(order, {"A": 1})
    assert (asked(world), world.promised, promise()) == (["promise_capture"], 1, (1, True, False))
    assert withdraw_late() == 0
    ship(world.order(), {"A": 1})
    assert (asked(world), world.promised, promise()) == (["promise_capture"], 1, (1, True, False))
    assert (withdraw_late(), world.withdrawn, Parcel.objects.count()) == (0, 0, 2)


def test_where_nothing_is_to_be_captured_nothing_is_promised(world, order):
    captured(order.pk)
    ship(world.order())
    assert (world.calls, CapturePromise.objects.count(), world.order().status) == ([], 0, "shipped")


class PowerCut(BaseException):
    """Ends the use case as the end of its process would."""


@pytest.mark.parametrize(
    ("point", "promised", "left"),
    [
        ("orders.promise.open", 0, 0),
        ("orders.promise.asked", 1, 0),
        ("orders.confirmed-shipped.before_commit", 1, 0),
        ("orders.confirmed-shipped.after_commit", 1, 1),
    ],
)
@pytest.mark.parametrize("repeated", ["at once", "later"])
def test_who_dies_at_any_point_ships_once_and_leaves_no_promise_behind(
    world, order, tmp_path, monkeypatch, point, promised, left, repeated
):
    def power_cut():
        raise PowerCut

    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))
    monkeypatch.setattr(faults, "crash", power_cut)
    (tmp_path / point).touch()
    parcel_id = uuid7()
    with pytest.raises(PowerCut):
        ship_parcel(order, parcel_id=parcel_id, label=Label(), wanted=None, actor="staff:1")
    assert (world.promised, Parcel.objects.count(), promise()) == (promised, left, (1, True, not left))
    assert pending()["orders.promises"] == 1 - left
    if repeated == "later":
        assert withdraw_late() == 1 - left
        assert (world.withdrawn, promise()) == (1 - left, (1, bool(left), False))
    again = ship_parcel(world.order(), parcel_id=parcel_id, label=Label(), wanted=None, actor="staff:1")
    assert (again.pk, Parcel.objects.get().pk, OrderCapture.objects.count()) == (parcel_id, parcel_id, 1)
    number = 2 if repeated == "later" and not left else 1
    assert (world.promised, promise()) == (number, (number, True, False))


def test_what_was_withdrawn_before_the_parcel_was_written_is_promised_anew(world, order):
    """A process stood still for longer than the promise: a worker has ended it, and finance may have let go."""
    with happens_before(MOVED, withdraw_late):
        ship(order)
    assert asked(world) == ["promise_capture", "withdraw_promise", "promise_capture"]
    assert (world.withdrawn, world.promised, promise(), Parcel.objects.count()) == (1, 2, (2, True, False), 1)


def test_a_void_that_came_after_that_withdrawal_keeps_the_parcel_here(world, order):
    def withdrawn_and_voided():
        withdraw_late()
        world.letting_go = True

    with happens_before(MOVED, withdrawn_and_voided), pytest.raises(IllegalMove) as no:
        ship(order)
    assert no.value.params == {"status": "confirmed", "reason": "being_let_go"}
    assert (Parcel.objects.count(), OrderCapture.objects.count(), world.order().status) == (0, 0, "confirmed")


def test_control_without_the_row_in_the_parcels_transaction_it_leaves_on_money_that_is_let_go(
    world, order, monkeypatch
):
    monkeypatch.setattr(shipping, "leave_on", lambda *_args, **_how: None)

    def withdrawn_and_voided():
        withdraw_late()
        world.letting_go = True

    with happens_before(MOVED, withdrawn_and_voided):
        ship(order)
    assert (Parcel.objects.count(), world.withdrawn, world.letting_go) == (1, 1, True)


def test_a_promise_that_payments_had_withdrawn_before_it_came_is_asked_for_by_another_number(world, order):
    world.withdrawn = 1
    with happens_after("apps.orders.services.ask_promise._give_back", withdraw_promises):
        ship(order)
    assert (asked(world), promise()) == (["promise_capture", "withdraw_promise", "promise_capture"], (2, True, False))


def test_a_refused_packer_gives_the_promise_back_at_once(world, order):
    world.letting_go = True
    with pytest.raises(IllegalMove):
        ship(order)
    assert (withdraw_promises(), world.withdrawn, promise()) == (1, 1, (1, False, False))
    assert (withdraw_late(), pending()["orders.promises"]) == (0, 0)


@pytest.mark.parametrize("status", [PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED])
@pytest.mark.parametrize("partly", [False, True])
def test_nothing_is_shipped_on_what_lapsed_while_the_news_is_under_way(world, order, status, partly):
    """Nothing came, or a part before."""
    if partly:
        ship(order, {"A": 1})
    world.payment, world.paid, world.lapsed = status, 1000, True
    with pytest.raises(IllegalMove, match="has lapsed") as no:
        ship(world.order())
    assert no.value.params == {"status": "partly_shipped" if partly else "confirmed", "reason": "lapsed"}
    assert ("until finance accepts" in no.value.detail, Parcel.objects.count()) == (partly, int(partly))


def test_what_lapses_between_promise_and_parcel_is_told_to_staff(world, order):
    """No promise holds off the buyer's bank."""
    ship(order)
    world.fails["capture_payment"] = [CaptureRefused("What was set aside has lapsed.", reason="lapsed")]
    capture_shipped_orders()
    assert (OrderCapture.objects.get().state, reasons()[-1]) == ("refused", "capture_refused")


def test_after_a_capture_that_was_refused_finance_may_let_go_again(world, order):
    ship(order, {"A": 1})
    world.fails["capture_payment"] = [CaptureRefused("The bank takes nothing.", reason="card_declined")]
    capture_shipped_orders()
    assert promise() == (1, False, True)
    assert (withdraw_promises(), world.withdrawn, promise()) == (1, 1, (1, False, False))
    ship(world.order())
    assert (world.promised, promise(), Parcel.objects.count()) == (2, (2, True, True), 2)
    assert (withdraw_late(), world.withdrawn, promise()) == (1, 2, (2, False, False))


def test_a_silent_payments_is_asked_again_and_what_it_may_have_promised_is_withdrawn(world, order):
    world.fail("promise_capture", Unavailable("no answer"))
    with pytest.raises(Unavailable):
        ship(order)
    world.fail("withdraw_promise", Unavailable("no answer"), RuntimeError("a bug"))
    for minutes in (2, 10, 20):
        with clock.shifted(timedelta(minutes=minutes)):
            assert withdraw_promises() == 1
        if minutes < 20:
            assert promise() == (1, False, True)
    assert (world.withdrawn, promise()) == (1, (1, False, False))
    ship(order)
    assert (world.promised, promise()) == (2, (2, True, False))


def test_two_packers_at_once_send_two_parcels_on_one_promise(world, order):
    ends = at_once(*[lambda: ship(Order.objects.get(), {"A": 1})] * 2)
    assert {type(end).__name__ for end in ends} == {"Parcel"}, ends
    assert (world.promised, promise(), Parcel.objects.count(), OrderCapture.objects.count()) == (
        1,
        (1, True, False),
        2,
        1,
    )
    assert capture_shipped_orders() == 1
    assert world.captures == {derived_id(order.pk, "capture"): TOTAL}


def test_a_worker_who_finds_it_due_and_a_parcel_that_leaves_at_once_agree(world, order):
    """Either the parcel left and nothing is withdrawn, or it left on the next promise."""
    with happens_after(ASKED, lambda: CapturePromise.objects.update(due=clock.now())):
        parcel, _ = at_once(lambda: ship(order), lambda: [withdraw_promises() for _ in range(20)])
    assert parcel == Parcel.objects.get()
    assert (world.promised > world.withdrawn, promise()[1:]) == (True, (True, False))


def test_a_first_promise_that_another_packer_opened_meanwhile_is_shared(world, order):
    with happens_before("apps.orders.services.ask_promise._first", lambda: ship(Order.objects.get(), {"A": 1})):
        ship(world.order(), {"A": 1})
    assert (world.promised, Parcel.objects.count()) == (1, 2)


def test_parts_that_came_leave_less_to_promise_and_a_void_that_was_heard_nothing(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    ship(world.order(), {"A": 1})
    assert promise() == (1, True, False)
    voided(order.pk)
    with pytest.raises(IllegalMove) as no:
        ship(world.order())
    assert (no.value.params["reason"], asked(world)) == ("let_go", ["promise_capture"])
