"""Authorized money at Stripe itself, by its SDK: the same states, and nothing that the comparison finds strange."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from apps.payments import api
from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentStatus
from apps.payments.models import Difference, Payment
from apps.payments.services.recheck import recheck_payment
from apps.payments.services.reconcile import reconcile
from apps.payments.tests.test_open_payment import PRICE, open_it
from shop import clock
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")
HALF = Money(1000, "EUR")


@pytest.fixture
def order(stripe_provider, fake_stripe, settings):
    """19.99 EUR set aside at Stripe."""
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_it(order_id)
    at_stripe(fake_stripe, order_id, "pay")
    look(order_id)
    return order_id


def at_stripe(fake, order_id, what):
    reference = Payment.objects.get(pk=order_id).provider_reference
    answer = requests.post(f"{fake.url}/_fake/payment_intents/{reference}/{what}", timeout=5)
    assert answer.status_code == 200, answer.text


def look(order_id):
    with clock.shifted(timedelta(minutes=1)):
        recheck_payment(Payment.objects.get(pk=order_id))
    return Payment.objects.get(pk=order_id)


def differences():
    with clock.shifted(timedelta(hours=1)):
        reconcile()
    return list(Difference.objects.values_list("kind", flat=True))


def test_a_part_is_captured_once_and_the_rest_is_no_refund_of_a_stranger(order):
    assert look(order).status == "authorized"
    assert differences() == []
    capture_id = uuid7()
    captures = [api.capture_payment(capture_id=capture_id, order_id=order, amount=HALF) for _ in range(2)]
    assert [(one.amount, one.status) for one in captures] == [(HALF, CaptureStatus.SUCCEEDED)] * 2
    assert look(order).amount_received_minor == 1000
    api.refund_payment(refund_id=uuid7(), order_id=order, amount=HALF, reason="customer")
    assert differences() == []


def test_what_is_let_go_is_no_difference_and_is_never_captured(order):
    assert api.void_payment(order_id=order).status is PaymentStatus.CANCELED
    with pytest.raises(CaptureRefused):
        api.capture_payment(capture_id=uuid7(), order_id=order, amount=PRICE)
    assert differences() == []


def test_a_cancellation_before_payment_leaves_what_was_set_aside(stripe_provider, fake_stripe, settings):
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_it(order_id)
    at_stripe(fake_stripe, order_id, "pay")
    assert api.cancel_payment(order_id=order_id).status is PaymentStatus.AUTHORIZED


def test_what_lapses_at_stripe_is_told_from_what_we_let_go(order, fake_stripe, stripe_provider):
    at_stripe(fake_stripe, order, "lapse")
    payment = Payment.objects.get(pk=order)
    assert stripe_provider.retrieve_intent(payment.provider_reference).lapsed is True
    assert look(order).status == "canceled"


def test_a_stranger_who_has_money_set_aside_is_a_difference(order):
    Payment.objects.all().delete()
    assert differences() == ["strange_intent"]
