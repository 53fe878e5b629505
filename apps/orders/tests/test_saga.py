"""After the placement: money, confirmation, cancellation, expiry, refunds, and races between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.catalog.contracts import ReservationLost
from apps.orders.contracts import CancelReason, IllegalMove, OrderStatus
from apps.orders.models import Order, OrderEvent, OrderRefund
from apps.orders.services import cancel_order as cancelling
from apps.orders.services import news
from apps.orders.services.accept_payment import accept_payment
from apps.orders.services.accept_refund import accept_refund
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.move_order import Go, move_order
from apps.orders.tasks import advance_due_orders
from apps.orders.testing.facts import pending
from apps.orders.tests.doubles import eur
from apps.payments.contracts import PaymentNotFound, PaymentStatus, RefundRefused, RefundStatus
from shop import clock
from shop.db import transact
from shop.errors import Busy, Unavailable
from shop.ids import derived_id, uuid7

pytestmark = pytest.mark.usefixtures("database")
S = OrderStatus


def pay(order: Order, amount: int = 2495) -> None:
    transact("orders", lambda: accept_payment(order_id=order.pk, amount=eur(amount)))


def cancel(order: Order, reason: CancelReason = CancelReason.CUSTOMER) -> Order:
    stored: Order = Order.objects.get(pk=order.pk)
    return cancel_order(stored, actor="buyer", reason=reason, detail="no more")


def refund_done(order: Order, reason: str) -> None:
    refund_id = derived_id(order.pk, f"refund:{reason}")
    transact("orders", lambda: accept_refund(order_id=order.pk, refund_id=refund_id, amount=eur(2495), reason=reason))


def work(seconds: float = 0) -> None:
    with clock.shifted(timedelta(seconds=seconds)):
        advance_due_orders()


@pytest.fixture
def order(world) -> Order:
    placed: Order = world.place().order
    return placed


def test_money_confirms_the_order_sells_the_stock_and_tells_all_a_mail_needs(world, order, told):
    pay(order)
    work()

    stored = world.order()
    assert (stored.status, stored.paid_minor, stored.due, world.hold) == ("confirmed", 2495, None, "sold")
    [(name, event)] = told()
    assert name == "order_confirmed"
    assert (event["number"], event["total"]["amount"], event["lines"][0]["name"]) == (order.number, 2495, "Mug")


def test_the_same_money_told_twice_changes_nothing(world, order, told):
    for _ in range(3):
        pay(order)
        work()

    assert (world.order().status, len(told()), world.order().revision) == ("confirmed", 1, 4)


def test_money_wakes_the_saga(order):
    from shop.jobs import woken

    woken.clear()
    pay(order)

    assert "orders.advance_due_orders" in woken


@pytest.mark.parametrize("status", [S.PENDING, S.RESERVED, S.AWAITING_PAYMENT, S.CANCELLING])
def test_money_may_come_in_every_state_before_it_is_over(world, order, status):
    Order.objects.update(status=status)

    pay(order)
    work()

    assert world.order().status == "confirmed"


@pytest.mark.parametrize("status", [S.PAID, S.CONFIRMED, S.SHIPPED, S.DELIVERED, S.REFUNDING, S.REVIEW])
def test_money_is_stale_news_afterwards(world, order, status):
    Order.objects.update(status=status, due=None)

    pay(order)

    assert (world.order().status, OrderRefund.objects.count()) == (status, 0)


def test_another_amount_than_the_total_goes_to_review_and_nothing_is_sold(world, order, told):
    pay(order, 2494)
    work(7200)

    assert (world.order().status, world.order().paid_minor, world.hold, told()) == ("review", 2494, "held", [])
    assert pending()["orders.due"] == 0


def test_review_has_exits(world, order, told):
    pay(order, 2494)
    cancel(order, CancelReason.STAFF)

    assert (world.order().status, list(world.refunds.values())) == ("cancelled", [eur(2494)])
    assert told()[0][1]["refunded"] is True


def test_money_for_an_order_that_does_not_exist_is_only_logged(order, caplog):
    transact("orders", lambda: accept_payment(order_id=uuid7(), amount=eur(1)))

    assert "does not exist" in caplog.text


def test_an_order_that_is_not_paid_in_time_is_cancelled_payment_first(world, order, told):
    work(1799)
    assert world.order().status == "awaiting_payment"
    world.calls.clear()

    work(1801)

    assert world.order().status == "cancelled"
    assert list(dict.fromkeys(world.calls)) == ["cancel_payment", "release_reservation", "reopen"]
    assert [(name, event["reason"], event["refunded"]) for name, event in told()] == [
        ("order_cancelled", "unpaid", False)
    ]


def test_the_buyer_cancels_before_paying_and_may_repeat_it(world, order, told):
    assert cancel(order).status == "cancelled"
    calls = list(world.calls)

    assert cancel(order).status == "cancelled"

    assert (world.calls, world.hold, world.cart) == (calls, "released", "open")
    assert [event["reason"] for _, event in told()] == ["customer"]
    entry = OrderEvent.objects.get(to="cancelling")
    assert (entry.actor, entry.reason, entry.detail) == ("buyer", "customer", "no more")


def test_when_the_payment_was_faster_than_the_cancellation_the_order_stands(world, order, told):
    world.cancels_as = PaymentStatus.SUCCEEDED

    assert cancel(order).status == "confirmed"

    assert (world.hold, world.order().cancel_reason, [name for name, _ in told()]) == ("sold", "", ["order_confirmed"])


def test_a_faster_payment_of_another_amount_goes_to_review(world, order):
    world.cancels_as, world.paid = PaymentStatus.SUCCEEDED, 1

    assert cancel(order).status == "review"


def test_while_the_provider_does_not_know_the_stock_stays_held(world, order):
    world.cancels_as = PaymentStatus.PROCESSING
    assert cancel(order).status == "cancelling"
    work(30)
    assert (world.order().status, world.hold) == ("cancelling", "held")

    world.cancels_as = PaymentStatus.CANCELED
    work(3600)

    assert (world.order().status, world.hold) == ("cancelled", "released")


def test_a_paid_order_is_cancelled_with_its_money_first_and_sold_stock_back_on_the_shelf(world, order, told):
    pay(order)
    work()
    world.calls.clear()

    assert cancel(order).status == "cancelled"

    assert list(dict.fromkeys(world.calls)) == ["refund_payment", "release_reservation", "restock"]
    assert world.refunds == {derived_id(order.pk, "refund:customer"): eur(2495)}
    assert (world.cart, told()[-1][0], told()[-1][1]["refunded"]) == ("ordered", "order_cancelled", True)
    assert pending()["orders.refunds"] == 1


def test_a_paid_order_whose_stock_is_not_sold_yet_is_cancelled_too(world, order):
    pay(order)

    assert cancel(order).status == "cancelled"

    assert (world.hold, "restock" in world.calls) == ("released", False)


def test_a_refund_that_is_done_is_told_once(world, order, told):
    pay(order)
    work()
    cancel(order)
    for _ in range(2):
        refund_done(order, "customer")

    refunds = [event for name, event in told() if name == "order_refunded"]
    assert [(event["amount"]["amount"], event["reason"]) for event in refunds] == [(2495, "customer")]
    assert pending()["orders.refunds"] == 0
    assert OrderEvent.objects.filter(reason="refund_succeeded").count() == 1


def test_a_refund_that_is_done_before_our_own_step_returned_stays_done(world, order):
    pay(order)
    world.fail("release_reservation", *[Unavailable("down")] * 2)
    cancel(order)
    refund_done(order, "customer")

    work(60)
    work(120)

    assert (world.order().status, OrderRefund.objects.get().state) == ("cancelled", "done")


def test_a_refund_of_somebody_else_is_ignored(order, told):
    refund_done(order, "unknown")

    assert told() == []


@pytest.mark.parametrize("how", ["refused", "unknown", "failed"])
def test_money_that_cannot_be_sent_back_is_for_staff_who_may_try_again(world, order, how):
    pay(order)
    work()
    if how == "refused":
        world.fail("refund_payment", RefundRefused("No.", reason="balance"))
    elif how == "unknown":
        world.fail("refund_payment", PaymentNotFound("Never opened."))
    else:
        world.refund_status = RefundStatus.FAILED

    assert cancel(order).status == "review"
    first = OrderRefund.objects.get()
    assert first.state == "refused"

    world.refund_status = RefundStatus.PENDING
    assert (cancel(order).status, OrderRefund.objects.count()) == ("review", 1)
    for _ in range(2):
        world.refund_status = RefundStatus.FAILED
        assert cancel(order, CancelReason.STAFF).status == "review"
    world.refund_status = RefundStatus.PENDING
    assert cancel(order, CancelReason.STAFF).status == "cancelled"
    # The provider answers a refused refund the same for ever: another try is another refund.
    assert sorted(row.state for row in OrderRefund.objects.all()) == ["refused", "refused", "refused", "sent"]


def test_stock_that_is_lost_sends_the_money_back(world, order, told):
    world.fail("commit_reservation", ReservationLost("Gone."))
    pay(order)
    work()

    assert (world.order().status, world.order().cancel_reason) == ("cancelled", "stock_lost")
    assert list(world.refunds) == [derived_id(order.pk, "refund:stock_lost")]
    assert [(name, event["reason"], event["refunded"]) for name, event in told()] == [
        ("order_cancelled", "stock_lost", True)
    ]


def test_late_money_is_sent_back_and_the_cancellation_is_told_once(world, order, told):
    cancel(order)
    for _ in range(2):
        pay(order)
        work()

    stored = world.order()
    assert (stored.status, stored.paid_minor, stored.cancel_reason) == ("cancelled", 2495, "customer")
    assert world.refunds == {derived_id(order.pk, "refund:late_payment"): eur(2495)}
    assert [name for name, _ in told()] == ["order_cancelled"]
    refund_done(order, "late_payment")
    assert [name for name, _ in told()] == ["order_cancelled", "order_refunded"]


@pytest.mark.parametrize("status", [S.SHIPPED, S.DELIVERED])
def test_what_is_shipped_cannot_be_cancelled(world, order, status):
    Order.objects.update(status=status)

    with pytest.raises(IllegalMove) as refused:
        cancel(order)

    assert refused.value.params == {"status": status}


@pytest.mark.parametrize("port", ["cancel_payment", "release_reservation", "reopen"])
def test_an_undoing_that_is_interrupted_is_finished_later(world, order, port):
    world.fail(port, Unavailable("down"))

    assert cancel(order).status == "cancelling"
    work(60)

    assert (world.order().status, world.hold, world.cart) == ("cancelled", "released", "open")


def test_a_provider_that_is_busy_is_asked_no_sooner_than_it_said(world, order):
    world.fail("cancel_payment", Busy("too many requests", retry_after=90))

    cancel(order)

    assert 85 < (world.order().due - clock.now()).total_seconds() <= 90


def test_money_that_comes_while_a_step_is_under_way_wins(world, order, monkeypatch):
    """The webhook moves the order between the step of the expiry and its move."""
    from apps.orders.services import steps

    late = steps.STEPS[S.AWAITING_PAYMENT]

    def slow(row):
        pay(order)
        return late(row)

    monkeypatch.setitem(steps.STEPS, S.AWAITING_PAYMENT, slow)
    work(1801)

    assert (world.order().status, world.hold) == ("confirmed", "sold")


def test_a_cancellation_that_races_with_a_move_tries_again(order):
    stale = Order.objects.get()
    pay(order)

    cancelled = cancel_order(stale, actor="buyer", reason=CancelReason.CUSTOMER)

    assert cancelled.status == "cancelled"
    assert OrderRefund.objects.count() == 1


def test_an_order_that_never_holds_still_cannot_be_cancelled_now_but_later(order, monkeypatch):
    """Not a refusal: that would be stored as the final answer of the buyer's key."""
    monkeypatch.setattr(cancelling, "move_order", lambda *_, **__: False)

    with pytest.raises(Unavailable, match="changing right now"):
        cancel_order(order, actor="buyer", reason=CancelReason.CUSTOMER)


def test_a_move_told_twice_to_the_same_state_is_illegal(order):
    move_order(order, Go(S.PAID))

    with pytest.raises(IllegalMove):
        move_order(order, Go(S.PAID))


def test_the_time_of_the_hold_is_the_orders_own_whatever_the_settings_become(world, settings):
    """Asking again with another time would be refused by catalog for ever: same key, other arguments."""
    world.fail("reserve_stock", Unavailable("the answer is lost"))
    settings.HOLD_SECONDS = 5000
    assert world.place().order.status == "pending"
    settings.HOLD_SECONDS = 9000
    work(60)

    assert (world.order().status, set(world.hold_seconds)) == ("awaiting_payment", {5000})


def test_a_move_that_cannot_be_written_waits_and_the_others_of_its_batch_go_on(world, order, monkeypatch, caplog):
    other = world.place().order
    from apps.orders.services import advance_order

    def broken(row: Order, go: Go, **options: int) -> bool:
        if row.pk == order.pk:
            raise ValueError("a bug")
        return move_order(row, go, **options)

    monkeypatch.setattr(advance_order, "move_order", broken)
    work(1801)

    assert (Order.objects.get(pk=other.pk).status, Order.objects.get(pk=order.pk).status) == (
        "cancelled",
        "awaiting_payment",
    )
    assert "a bug" in Order.objects.get(pk=order.pk).last_error


@pytest.mark.parametrize("broken", ["publish", "also"])
def test_a_move_and_what_it_tells_are_stored_together_or_not_at_all(world, order, monkeypatch, broken):
    def boom(*_: object, **__: object) -> None:
        raise ValueError("the end")

    go = news.cancelled(order, refunded=False)
    Order.objects.update(status="cancelling")
    order.refresh_from_db()
    if broken == "publish":
        monkeypatch.setattr("apps.orders.services.move_order.publish", boom)
    with pytest.raises(ValueError, match="the end"):
        move_order(order, replace(go, also=boom) if broken == "also" else go)

    assert Order.objects.get().status == "cancelling"
    assert not OrderEvent.objects.filter(to="cancelled").exists()
