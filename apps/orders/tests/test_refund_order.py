"""Staff's refunds: once per key, never above what is kept, asked for until it is known, and told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.orders import queries
from apps.orders.contracts import CancelInstead, CancelReason, IllegalMove, RefundReason, RefundTooMuch
from apps.orders.models import Order, OrderEvent, OrderRefund
from apps.orders.services.accept_refund import accept_failed_refund, accept_refund
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.refund_order import refund_order
from apps.orders.tasks import advance_due_orders, push_due_refunds
from apps.orders.tests.doubles import eur
from apps.orders.tests.test_saga import pay
from apps.payments.contracts import RefundRefused, RefundStatus
from shop import clock
from shop.db import transact
from shop.errors import Invalid, Unavailable
from shop.ids import uuid7
from shop.money import Money
from shop.testing.races import at_once, happens_before

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(world) -> Order:
    """Two mugs and shipping for 2495, confirmed."""
    placed: Order = world.place().order
    pay(placed)
    advance_due_orders()
    return fresh(placed)


def fresh(order: Order) -> Order:
    stored: Order = Order.objects.get(pk=order.pk)
    return stored


def refund(order, amount, refund_id=None):
    return refund_order(
        fresh(order),
        refund_id=refund_id or uuid7(),
        amount=amount if amount is None or isinstance(amount, Money) else eur(amount),
        reason=RefundReason.GOODWILL,
        detail="Sorry.",
        actor="staff:1",
    )


def test_a_part_goes_back_once_per_key_and_the_order_stays(world, order, told):
    key = uuid7()
    first, again = refund(order, 500, key), refund(order, 500, key)
    assert (first.pk, again.pk, first.state, world.refunds) == (key, key, "sent", {key: eur(500)})
    transact("orders", lambda: accept_refund(order_id=order.pk, refund_id=key, amount=eur(500), reason="goodwill"))
    assert (fresh(order).status, queries.kept_of(fresh(order))) == ("confirmed", 1995)
    name, event = told()[-1]
    assert (name, event["refund_id"], event["amount"]["amount"]) == ("order_refunded", str(key), 500)
    entry = OrderEvent.objects.get(order_id=order.pk, reason="refund_asked")
    assert (entry.actor, entry.detail) == ("staff:1", f"{eur(500)}: Sorry.")


def test_two_at_once_never_send_back_more_than_is_kept(world, order):
    answers = at_once(lambda: refund(order, 2000), lambda: refund(order, 2000))
    assert sorted(type(answer).__name__ for answer in answers) == ["OrderRefund", "RefundTooMuch"]
    assert list(world.refunds.values()) == [eur(2000)]


def test_who_read_before_another_refund_was_written_looks_again(world, order):
    with (
        happens_before("apps.orders.services.refund_order.write_refund", lambda: refund(order, 2000)),
        pytest.raises(RefundTooMuch),
    ):
        refund(order, 2000)
    assert (list(world.refunds.values()), OrderRefund.objects.count()) == ([eur(2000)], 1)


def test_of_an_order_that_is_cancelled_meanwhile_no_part_is_sent_back_too(world, order):
    def rival():
        cancel_order(fresh(order), actor="buyer", reason=CancelReason.CUSTOMER)

    with happens_before("apps.orders.services.refund_order.write_refund", rival), pytest.raises(IllegalMove):
        refund(order, 500)
    assert (fresh(order).status, list(world.refunds.values())) == ("cancelled", [eur(2495)])


def test_all_of_it_before_anything_left_is_a_cancellation(order):
    with pytest.raises(CancelInstead):
        refund(order, None)
    refund(order, 2494)
    with pytest.raises(RefundTooMuch):
        refund(order, 2)


@pytest.mark.parametrize(
    ("amount", "pointer", "code"),
    [(Money(5, "USD"), "/amount/currency", "wrong_currency"), (Money(0, "EUR"), "/amount/amount", "min_value")],
)
def test_another_currency_or_nothing_is_refused_by_its_field(order, amount, pointer, code):
    with pytest.raises(Invalid) as refused:
        refund(order, amount)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]


def test_an_order_that_is_not_paid_has_nothing_to_send_back(world):
    with pytest.raises(IllegalMove):
        refund(world.place().order, 1)


def test_a_refund_whose_outcome_is_unknown_is_asked_for_again_under_the_same_id(world, order):
    world.fail("refund_payment", Unavailable("Away.", retry_after=1))
    row = refund(order, 500)
    assert (row.state, world.refunds) == ("asked", {})
    with clock.shifted(timedelta(minutes=10)):
        assert push_due_refunds() == 1
        assert push_due_refunds() == 0
    assert (OrderRefund.objects.get().state, list(world.refunds)) == ("sent", [row.pk])


def test_news_that_are_faster_than_the_answer_are_not_undone_by_it(world, order):
    key = uuid7()

    def done() -> None:
        accept_refund(order_id=order.pk, refund_id=key, amount=eur(500), reason="goodwill")

    with happens_before("apps.orders.services.push_refund._settle", lambda: transact("orders", done)):
        assert refund(order, 500, key).state == "done"


def test_a_refused_refund_is_told_to_who_asked_and_its_money_is_kept(world, order):
    key = uuid7()
    world.fail("refund_payment", RefundRefused("Disputed.", reason="charge_disputed"))
    with pytest.raises(RefundRefused):
        refund(order, 500, key)
    with pytest.raises(RefundRefused):
        refund(order, 500, key)
    assert (OrderRefund.objects.get().failure, queries.kept_of(fresh(order))) == ("Disputed.", 2495)
    assert world.calls.count("refund_payment") == 1


def test_a_refund_that_failed_at_once_or_later_leaves_the_order_standing(world, order):
    world.refund_status = RefundStatus.FAILED
    with pytest.raises(RefundRefused):
        refund(order, 500)
    world.refund_status = RefundStatus.PENDING
    row = refund(order, 600)
    transact("orders", lambda: accept_failed_refund(order_id=order.pk, refund_id=row.pk, reason="card closed"))
    assert (fresh(order).status, queries.kept_of(fresh(order))) == ("confirmed", 2495)
    assert OrderRefund.objects.get(pk=row.pk).failure == "card closed"


def test_a_cancellation_sends_back_only_what_is_left(world, order):
    row = refund(order, 500)
    cancel_order(fresh(order), actor="buyer", reason=CancelReason.CUSTOMER)
    assert fresh(order).status == "cancelled"
    rest = OrderRefund.objects.exclude(pk=row.pk).get()
    assert (rest.amount_minor, sum(amount.amount for amount in world.refunds.values())) == (1995, 2495)
