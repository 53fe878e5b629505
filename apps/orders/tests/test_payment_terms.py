"""Payment by bank transfer: its buyer has days, its stock is held for longer, and it may not hold back everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from apps.orders.contracts import CancelReason, OrderStatus, PaymentMethodRefused
from apps.orders.models import Order
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.payment_terms import check_terms
from apps.orders.tasks import advance_due_orders
from apps.orders.tests.test_http import post
from apps.orders.tests.test_owners import guest_order
from apps.payments.contracts import PaymentMethod
from shop import clock
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
BANK = PaymentMethod.BANK_TRANSFER
DAY = 86400


@pytest.fixture
def bank(settings):
    """Change how bank transfers are taken."""

    def change(**changes):
        settings.BANK_TRANSFER = replace(settings.BANK_TRANSFER, **changes)

    change(days=7, grace_days=3, max_pieces=20, max_open=3)
    return change


def test_a_bank_transfer_has_days_and_its_stock_is_held_for_longer(world, bank, settings):
    before = clock.now()
    order = world.place(payment_method=BANK).order

    assert (order.state, order.payment_method) == (OrderStatus.AWAITING_PAYMENT, "bank_transfer")
    waits = order.pay_until - before
    assert timedelta(days=10) <= waits < timedelta(days=10, minutes=1)
    longer = settings.HOLD_SECONDS - settings.PAY_WINDOW_SECONDS
    assert set(world.hold_seconds) == {10 * DAY + longer}
    assert longer > 0
    assert world.method is BANK


def test_a_card_has_its_window_and_its_hold_as_before(world, settings):
    before = clock.now()
    order = world.place().order

    window = timedelta(seconds=settings.PAY_WINDOW_SECONDS)
    assert window <= order.pay_until - before < window + timedelta(minutes=1)
    assert set(world.hold_seconds) == {settings.HOLD_SECONDS}


def test_an_unpaid_bank_transfer_is_given_up_after_its_days_and_not_before(world, bank):
    order = world.place(payment_method=BANK).order

    with clock.shifted(timedelta(days=9, hours=23)):
        advance_due_orders()
    assert world.order().state is OrderStatus.AWAITING_PAYMENT
    with clock.shifted(timedelta(days=10, minutes=1)):
        advance_due_orders()
    assert (world.order().state, world.order().cancel_reason, world.hold) == ("cancelled", "unpaid", "released")
    assert order.pk == world.order().pk


def test_the_answer_says_where_to_send_the_money_and_until_when(world, bank):
    got = post(world, payment_method="bank_transfer").json()

    assert (got["payment_method"], got["status"]) == ("bank_transfer", "awaiting_payment")
    payment = got["payment"]
    assert (payment["method"], payment["provider"], payment["client_secret"]) == ("bank_transfer", "bank_transfer", "")
    before = payment["instructions"].pop("pay_before")
    assert payment["instructions"] == {
        "holder": "Example Shop",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "reference": "SO-1",
        "amount": {"amount": 2495, "currency": "EUR"},
    }
    assert datetime.fromisoformat(got["pay_until"]) - datetime.fromisoformat(before) == timedelta(days=3)


def test_the_buyer_of_a_bank_transfer_is_told_once_where_to_send_the_money(world, bank, told):
    order = world.place(payment_method=BANK).order
    advance_due_orders()
    [(name, event)] = told()

    assert name == "bank_transfer_awaited"
    facts = ("number", "email", "holder", "iban", "bic", "reference", "amount")
    assert [event[fact] for fact in facts] == [
        order.number,
        "ada@example.com",
        "Example Shop",
        "DE89370400440532013000",
        "COBADEFFXXX",
        "SO-1",
        {"amount": 2495, "currency": "EUR"},
    ]
    assert datetime.fromisoformat(event["pay_before"]) == order.pay_until - timedelta(days=3)


def test_who_pays_by_card_is_asked_for_no_transfer(world, told):
    world.place()
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"currencies": ("USD",)}, "currency"), ({"max_pieces": 1}, "too_many_pieces")],
    ids=["currency", "pieces"],
)
def test_what_the_account_does_not_take_is_refused_and_nothing_is_written(world, bank, changes, reason):
    bank(**changes)
    answer = post(world, payment_method="bank_transfer")

    assert (answer.status_code, answer.json()["code"]) == (422, "orders.payment_method_refused")
    assert answer.json()["params"]["reason"] == reason
    assert not Order.objects.exists()


def test_a_shop_without_an_account_refuses_bank_transfers(world, settings):
    settings.BANK_TRANSFER = None

    with pytest.raises(PaymentMethodRefused) as refused:
        world.place(payment_method=BANK)
    assert refused.value.params == {"reason": "method_off"}


def test_who_has_unpaid_bank_transfers_pays_or_cancels_them_first(world, bank):
    bank(max_open=1)
    first = world.place(payment_method=BANK).order
    with pytest.raises(PaymentMethodRefused) as refused:
        world.place(payment_method=BANK)
    assert refused.value.params == {"reason": "too_many_unpaid"}
    world.place()  # by card, as ever

    cancel_order(first, actor="buyer", reason=CancelReason.CUSTOMER)
    world.hold = world.payment = ""
    assert world.place(payment_method=BANK).order.state is OrderStatus.AWAITING_PAYMENT


def unpaid(email: str, customer_id: UUID | None = None, *, by_customer: bool = False) -> None:
    """An order that waits for its bank transfer."""
    order = guest_order(email, customer_id)
    changes = {"payment_method": "bank_transfer", "status": "awaiting_payment", "by_customer": by_customer}
    Order.objects.filter(pk=order.pk).update(**changes)


def test_what_strangers_order_under_an_address_does_not_keep_its_owner_from_bank_transfers(world, bank):
    bank(max_open=1)
    ada = uuid7()
    unpaid("ada@example.com", ada)  # a stranger's, which went to her as the owner of the address
    unpaid("ada@example.com")

    assert terms(world, customer_id=ada) == ""
    assert terms(world) == "too_many_unpaid"

    unpaid("office@example.com", ada, by_customer=True)
    assert terms(world, customer_id=ada) == "too_many_unpaid"


def test_what_somebody_orders_under_anothers_address_after_a_login_counts_against_themselves(world, bank):
    bank(max_open=1)
    eve = uuid7()
    unpaid("ada@example.com", eve, by_customer=True)

    assert (terms(world), terms(world, customer_id=eve)) == ("", "too_many_unpaid")


def terms(world, customer_id: UUID | None = None) -> str:
    """Why this person may not pay the cart by bank transfer as ada@example.com."""
    quote = world.get_quote(cart_id=world.cart_id, customer_id=customer_id)
    try:
        check_terms(BANK, quote, email="ada@example.com", customer_id=customer_id)
    except PaymentMethodRefused as refused:
        return str(refused.params["reason"])
    return ""


def test_another_word_for_a_method_is_refused_by_its_pointer(world):
    answer = post(world, payment_method="cash")

    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, ["/payment_method"])
