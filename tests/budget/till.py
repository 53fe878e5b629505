"""Stripe for tests in this process: the real SDK at the fake server, its webhooks delivered by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import stripe
from django.test import Client

from apps.payments.fakes.stripe.server import FakeStripe, Options
from apps.payments.providers import using_provider
from apps.payments.providers.stripe import StripeProvider

SECRET, PUBLISHABLE, SIGNING = "sk_test_shop", "pk_test_shop", "whsec_shop"


class Till:
    """Stripe as the buyer and as the webhook's sender."""

    def __init__(self, fake: FakeStripe) -> None:
        self._fake = fake

    def pay(self, client_secret: str) -> None:
        """As the payment sheet does."""
        intent = client_secret.partition("_secret_")[0]
        card = {"client_secret": client_secret, "payment_method": "pm_card_visa"}
        headers = {"Authorization": f"Bearer {PUBLISHABLE}"}
        url = f"{self._fake.url}/v1/payment_intents/{intent}/confirm"
        answer = requests.post(url, data=card, headers=headers, timeout=5)
        assert answer.status_code == 200, answer.text

    def save_card(self, setup_intent: str) -> None:
        """As a browser that confirms a setup intent does."""
        url = f"{self._fake.url}/_fake/setup_intents/{setup_intent}/pay"
        assert requests.post(url, data={"payment_method": "pm_card_visa"}, timeout=5).status_code == 200

    def lapse(self, intent: str) -> None:
        """Nobody captured in time."""
        url = f"{self._fake.url}/_fake/payment_intents/{intent}/lapse"
        assert requests.post(url, timeout=5).status_code == 200

    def event(self, kind: str) -> str:
        """The newest event of this kind, as it is sent."""
        found = requests.get(f"{self._fake.url}/v1/events", auth=(SECRET, ""), timeout=5).json()["data"]
        return json.dumps(next(event for event in found if event["type"] == kind))

    @staticmethod
    def deliver(body: str) -> None:
        """Send a signed webhook."""
        header = stripe.WebhookSignature.generate_signature_header(body, SIGNING)
        path, headers = "/api/v1/webhooks/stripe", {"stripe-signature": header}
        answer = Client().post(path, data=body.encode(), content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content

    def requests(self) -> int:
        """How many it was sent so far."""
        return sum(self._fake.gateway.stats.values())


@contextmanager
def a_till() -> Iterator[Till]:
    """The fake Stripe, and the shop's provider speaking to it."""
    with FakeStripe(Options(webhook_url="http://127.0.0.1:9/nobody-listens")) as fake:
        fake.dispatcher.trouble.held = True
        real = StripeProvider(secret_key=SECRET, publishable_key=PUBLISHABLE, webhook_secret=SIGNING, api_base=fake.url)
        with using_provider(real):
            yield Till(fake)
        real.close()
