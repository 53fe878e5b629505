"""Returns: asked for once per unit and in time, answered, received, put on the shelf once and paid back once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.orders import queries
from apps.orders.contracts import (
    Condition,
    IllegalMove,
    NotReturnable,
    RefundTooMuch,
    ReturnReason,
    ReturnStatus,
    ReturnWindowOver,
)
from apps.orders.models import Order, OrderEvent, OrderLine, OrderRefund, Return, ReturnLine
from apps.orders.rules import RETURN_MOVES, may_move_return
from apps.orders.services.accept_refund import accept_failed_refund, accept_refund
from apps.orders.services.answer_return import authorise_return, close_return, reject_return, withdraw_return
from apps.orders.services.move_return import Step, move_return
from apps.orders.services.receive_return import Came, receive_return
from apps.orders.services.refund_return import refund_return
from apps.orders.services.request_return import Wish, request_return
from apps.orders.tasks import advance_due_orders, restock_due_returns
from apps.orders.tests.doubles import eur
from apps.orders.tests.test_saga import pay
from shop import clock
from shop.db import transact
from shop.errors import Invalid, Unavailable
from shop.ids import uuid7
from shop.testing.races import at_once, happens_after, happens_before

pytestmark = pytest.mark.usefixtures("database")
STAFF = "staff:1"


@pytest.fixture
def order(delivered) -> Order:
    """Two mugs at 1000, at the buyer's."""
    return delivered


def fresh(order: Order) -> Order:
    stored: Order = Order.objects.get(pk=order.pk)
    return stored


def ask(order, count=1, return_id=None, actor="buyer", sku="A"):
    wish = Wish({sku: count}, ReturnReason.DAMAGED, "Broken.")
    return request_return(fresh(order), return_id=return_id or uuid7(), wish=wish, actor=actor)


def authorised(order, count=1):
    return authorise_return(fresh(order), ask(order, count), answer="Send it.", actor=STAFF)


def received(order, count=1, **came):
    back = authorised(order, count)
    return receive_return(fresh(order), back, came={"A": Came(count, **came)}, actor=STAFF)


def refund(order, back, refund_id=None, amount=None, *, shipping=False):
    return refund_return(
        fresh(order),
        Return.objects.get(pk=back.pk),
        refund_id=refund_id or uuid7(),
        amount=amount,
        shipping=shipping,
        detail="",
        actor=STAFF,
    )


def returning(order):
    return OrderLine.objects.get(order_id=order.pk).returning


def test_a_return_goes_from_the_wish_to_the_money(world, order, told):
    back = ask(order)
    assert (back.status, returning(order)) == ("requested", 1)
    authorise_return(fresh(order), back, answer="Send it.", actor=STAFF)
    receive_return(fresh(order), back, came={"A": Came(1)}, actor=STAFF)
    assert (back.status, back.due) == ("restocked", None)
    assert [(line.sku, line.quantity, line.location) for line in world.taken_back[back.restock_id]] == [("A", 1, "")]
    row = refund(order, back)
    back.refresh_from_db()
    assert (row.amount_minor, row.state, row.reason, back.status) == (1000, "sent", "returned", "refunded")
    assert world.refunds == {row.pk: eur(1000)}
    assert [name for name, _ in told()][-3:] == ["parcel_delivered", "return_authorised", "return_received"]
    entries = OrderEvent.objects.filter(order_id=order.pk, reason__startswith="return_").order_by("id")
    assert [(entry.reason, entry.actor) for entry in entries] == [
        ("return_requested", "buyer"),
        ("return_authorised", STAFF),
        ("return_received", STAFF),
        ("return_restocked", "system"),
        ("return_refunding", STAFF),
        ("return_refunded", "system"),
    ]
    assert fresh(order).status == "delivered"


def test_the_same_request_twice_is_one_return(order):
    key = uuid7()
    assert ask(order, 1, key).pk == ask(order, 1, key).pk == key
    assert (Return.objects.count(), returning(order)) == (1, 1)


def test_a_unit_is_in_one_return_at_a_time(order):
    ask(order, 1)
    with pytest.raises(NotReturnable) as refused:
        ask(order, 2)
    assert [(error.pointer, error.code, error.detail) for error in refused.value.errors] == [
        ("/lines/0/quantity", "too_many", "1 of A can be returned.")
    ]
    with pytest.raises(NotReturnable) as refused:
        ask(order, 1, sku="CUP")
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/lines/0/sku", "unknown_sku")]


def test_of_two_returns_of_the_same_unit_at_once_one_is_written(order):
    answers = at_once(lambda: ask(order, 2), lambda: ask(order, 2))
    assert sorted(type(answer).__name__ for answer in answers) == ["NotReturnable", "Return"]
    assert (Return.objects.count(), ReturnLine.objects.count(), returning(order)) == (1, 1, 2)


def test_who_read_before_another_return_of_the_same_unit_is_refused(order):
    with (
        happens_after("apps.orders.services.request_return._chosen", lambda: ask(order, 2)),
        pytest.raises(NotReturnable),
    ):
        ask(order, 2)
    assert (Return.objects.count(), returning(order)) == (1, 2)


def test_what_was_not_shipped_cannot_come_back(world):
    placed = world.place().order
    pay(placed)
    advance_due_orders()
    with pytest.raises(IllegalMove):
        ask(placed)


def test_the_window_begins_when_the_last_parcel_arrived_and_is_not_for_staff(order, settings):
    with clock.shifted(timedelta(days=settings.RETURN_WINDOW_DAYS, minutes=-5)):
        ask(order)
    with clock.shifted(timedelta(days=settings.RETURN_WINDOW_DAYS, minutes=5)):
        with pytest.raises(ReturnWindowOver):
            ask(order)
        assert ask(order, actor=STAFF).status == "requested"


@pytest.mark.parametrize("answer", [reject_return, withdraw_return])
def test_what_does_not_come_may_be_asked_for_again(order, answer, told):
    back = authorised(order, 2)
    words = {"answer": "It was worn."} if answer is reject_return else {}
    answer(fresh(order), back, actor=STAFF, **words)
    answer(fresh(order), back, actor=STAFF, **words)
    assert returning(order) == 0
    assert ask(order, 2).status == "requested"
    rejected = [payload["reason"] for name, payload in told() if name == "return_rejected"]
    assert rejected == (["It was worn."] if words else [])


def test_less_than_was_asked_for_came_and_the_rest_may_be_asked_for_again(order, told):
    back = authorised(order, 2)
    receive_return(fresh(order), back, came={"A": Came(1, Condition.DAMAGED, restock=False)}, actor=STAFF)
    line = ReturnLine.objects.get()
    assert (line.received, line.condition, line.restock, returning(order)) == (1, "damaged", False, 1)
    assert [(one["sku"], one["quantity"]) for one in told()[-1][1]["lines"]] == [("A", 1)]
    assert ask(order, 1).status == "requested"


def test_what_cannot_be_sold_again_is_not_put_on_a_shelf(world, order):
    back = received(order, 1, condition=Condition.DAMAGED, restock=False)
    assert (back.status, world.taken_back) == ("restocked", {})


@pytest.mark.parametrize(
    ("came", "pointer", "code"),
    [
        ({"A": Came(2)}, "/lines/0/quantity", "too_many"),
        ({"B": Came(1)}, "/lines/0/sku", "unknown_sku"),
        ({"A": Came(0)}, "/lines", "empty"),
        ({"A": Came(1, location="moon")}, "/lines/0/location", "unknown_location"),
    ],
)
def test_what_came_must_have_been_asked_for(order, came, pointer, code):
    back = authorised(order, 1)
    with pytest.raises(Invalid) as refused:
        receive_return(fresh(order), back, came=came, actor=STAFF)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]
    assert Return.objects.get().state == "authorised"


def test_received_twice_at_once_is_received_and_put_on_the_shelf_once(world, order, told):
    back = authorised(order, 2)

    def rival():
        receive_return(fresh(order), Return.objects.get(pk=back.pk), came=None, actor="staff:2")

    with happens_before("apps.orders.services.receive_return.move_return", rival):
        receive_return(fresh(order), back, came={"A": Came(1)}, actor=STAFF)
    assert (len(world.taken_back), back.status, ReturnLine.objects.get().received) == (1, "restocked", 2)
    assert [name for name, _ in told()].count("return_received") == 1


def test_a_return_that_came_meanwhile_is_not_rejected(order):
    back = authorised(order)

    def rival():
        receive_return(fresh(order), Return.objects.get(pk=back.pk), came=None, actor="staff:2")

    with (
        happens_before("apps.orders.services.answer_return.move_return", rival),
        pytest.raises(IllegalMove),
    ):
        reject_return(fresh(order), back, answer="No.", actor=STAFF)
    assert returning(order) == 1


def test_with_catalog_away_a_worker_puts_it_on_the_shelf_with_the_same_key(world, order):
    world.fail("take_back", Unavailable("Away.", retry_after=1))
    back = received(order)
    assert (back.status, world.taken_back) == ("received", {})
    key = Return.objects.get().restock_id
    with clock.shifted(timedelta(minutes=10)):
        assert restock_due_returns() == 1
        assert restock_due_returns() == 0
    assert (Return.objects.get().state, list(world.taken_back)) == ("restocked", [key])


def test_a_return_is_paid_back_once_by_its_key_and_once_at_all(world, order):
    back, key = received(order), uuid7()
    assert refund(order, back, key).pk == refund(order, back, key).pk == key
    with pytest.raises(IllegalMove):
        refund(order, back)
    assert (OrderRefund.objects.count(), world.refunds) == (1, {key: eur(1000)})


def test_of_two_who_pay_a_return_back_at_once_one_does(world, order):
    back = received(order, 2)
    answers = at_once(lambda: refund(order, back), lambda: refund(order, back))
    assert sorted(type(answer).__name__ for answer in answers) == ["IllegalMove", "OrderRefund"]
    assert list(world.refunds.values()) == [eur(2000)]


def test_a_return_that_is_closed_meanwhile_is_not_paid_back(world, order):
    back = received(order)

    def rival():
        close_return(fresh(order), Return.objects.get(pk=back.pk), answer="It was worn.", actor="staff:2")

    with happens_before("apps.orders.services.refund_return.write_refund", rival), pytest.raises(IllegalMove):
        refund(order, back)
    assert (Return.objects.get().state, OrderRefund.objects.count(), world.refunds) == ("closed", 0, {})


def test_a_return_that_is_paid_back_meanwhile_is_neither_closed_nor_paid_again(world, order):
    back = received(order)
    seen = Return.objects.get(pk=back.pk)
    with (
        happens_before("apps.orders.services.answer_return.move_return", lambda: refund(order, back)),
        pytest.raises(IllegalMove),
    ):
        close_return(fresh(order), seen, answer="No.", actor=STAFF)
    assert (Return.objects.get().refund_id, list(world.refunds.values())) == (next(iter(world.refunds)), [eur(1000)])


def test_shipping_is_paid_back_once_and_parts_never_exceed_what_was_paid(order):
    first, second = received(order), received(order)
    assert refund(order, first, shipping=True).amount_minor == 1495
    assert refund(order, second, shipping=True).amount_minor == 1000
    assert queries.kept_of(fresh(order)) == 0


def test_shipping_that_went_back_with_one_return_is_no_part_of_the_next(order):
    refund(order, received(order), amount=eur(600), shipping=True)
    assert refund(order, received(order), shipping=True).amount == eur(1000)


def test_more_than_it_is_worth_or_than_is_kept_is_refused(order):
    back = received(order)
    with pytest.raises(Invalid) as refused:
        refund(order, back, amount=eur(1001))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/amount/amount", "too_much")]
    Order.objects.update(paid_minor=900)
    with pytest.raises(RefundTooMuch):
        refund(order, back, amount=eur(1000))
    assert refund(order, back).amount_minor == 900


def test_a_return_of_an_order_of_which_nothing_is_kept_is_no_wrong_amount(order):
    back = received(order)
    Order.objects.update(paid_minor=0)
    with pytest.raises(RefundTooMuch) as refused:
        refund(order, back)
    assert refused.value.params["left"] == {"amount": 0, "currency": "EUR"}
    assert (Return.objects.get().state, OrderRefund.objects.count()) == ("restocked", 0)


def test_a_refund_that_failed_days_later_can_be_decided_anew(order):
    back = received(order)
    row = refund(order, back)
    transact("orders", lambda: accept_failed_refund(order_id=order.pk, refund_id=row.pk, reason="card closed"))
    again = Return.objects.get()
    assert (again.state, again.refund_id, fresh(order).status) == ("restocked", None, "delivered")
    second = refund(order, again)
    done = {"order_id": order.pk, "refund_id": second.pk, "amount": eur(1000), "reason": "returned"}
    transact("orders", lambda: accept_refund(**done))
    assert (Return.objects.get().state, queries.kept_of(fresh(order))) == ("refunded", 1495)


def test_nothing_is_paid_back_for_a_closed_return(order):
    back = received(order)
    close_return(fresh(order), back, answer="It was worn.", actor=STAFF)
    assert (back.status, back.answer) == ("closed", "It was worn.")
    with pytest.raises(IllegalMove):
        refund(order, back)


@pytest.mark.parametrize("frm", list(ReturnStatus))
def test_a_return_moves_as_its_table_says_and_no_other_way(order, frm):
    back = ask(order)
    for to in ReturnStatus:
        Return.objects.update(state=frm.value)
        back.refresh_from_db()
        if may_move_return(frm, to):
            assert move_return(back, fresh(order), Step(to))
        else:
            with pytest.raises(IllegalMove):
                move_return(back, fresh(order), Step(to))
    assert set(RETURN_MOVES) == set(ReturnStatus)
