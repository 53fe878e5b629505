"""What the tests of payments share."""

from __future__ import annotations

import pytest
import requests
from django.contrib.auth import get_user_model
from django.test import Client

from apps.payments import api
from apps.payments.contracts import PaymentMethod
from apps.payments.fakes.stripe.server import FakeStripe, Options
from apps.payments.providers import using_provider
from apps.payments.providers.stripe import StripeProvider
from apps.payments.tests.memory import MemoryProvider, notice
from shop import faults
from shop.ids import uuid7
from shop.money import Money


@pytest.fixture
def memory():
    """The provider in memory, used by all services."""
    with using_provider(MemoryProvider()) as provider:
        yield provider


@pytest.fixture
def paid(memory):
    """An order, number SO-1, whose 19.99 EUR are ours."""
    order = uuid7()
    api.open_payment(order_id=order, order_number="SO-1", amount=Money(1999, "EUR"), email="a@example.com")
    memory.pay("pi_1")
    api.cancel_payment(order_id=order)  # learns that it was paid
    return order


@pytest.fixture
def set_aside(memory, settings):
    """An order whose 19.99 EUR are set aside."""
    from apps.payments.services.record_event import record_event  # late: this file is read before there are models
    from apps.payments.tasks import handle_provider_events

    settings.PAYMENTS_CAPTURE = "manual"
    order = uuid7()
    api.open_payment(order_id=order, order_number="SO-1", amount=Money(1999, "EUR"), email="a@example.com")
    memory.authorize("pi_1")
    record_event(notice("evt_authorized", "payment_intent.amount_capturable_updated", "pi_1"))
    handle_provider_events()
    return order


@pytest.fixture
def by_bank(memory):
    """An order whose 19.99 EUR are to come by bank."""
    order = uuid7()
    bank = PaymentMethod.BANK_TRANSFER
    api.open_payment(order_id=order, order_number="SO-1", amount=Money(1999, "EUR"), email="a@example.com", method=bank)
    return order


@pytest.fixture
def staff(database):
    """The browser of somebody who may do everything."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "x"))
    return client


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def crash_at(tmp_path, monkeypatch):
    """`crash_at("name")`: the next pass of this point ends what runs; the call gives the error."""
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))

    def crash() -> None:
        raise Crash

    monkeypatch.setattr(faults, "crash", crash)

    def arm(name: str) -> type[Crash]:
        (tmp_path / name).touch()
        return Crash

    return arm


@pytest.fixture(scope="session")
def _fake():
    with FakeStripe(Options(webhook_url="http://127.0.0.1:9/nobody-listens")) as fake:
        fake.dispatcher.trouble.held = True
        yield fake


@pytest.fixture
def fake_stripe(_fake):
    """The fake Stripe on a free port, empty, with nothing going wrong; webhooks are taken by hand."""
    requests.post(f"{_fake.url}/_fake/reset", timeout=5)
    yield _fake
    _fake.gateway.faults.clear()


@pytest.fixture
def stripe_provider(fake_stripe):
    """Stripe by its real SDK, speaking to the fake."""
    real = StripeProvider(
        secret_key="sk_test_shop",
        publishable_key="pk_test_shop",
        webhook_secret="whsec_shop",
        api_base=fake_stripe.url,
    )
    with using_provider(real):
        yield real
    real.close()
