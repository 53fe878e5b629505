"""Customers of Stripe's and what they have saved there."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import stripe

from shop.errors import Unavailable

from .protocol import Refused, SavedMethod, SetupState
from .stripe_http import our_id, speaking_to_stripe

LONGEST_LIST = 5000
MOST_SHOWN = 100
CLOCK_DIFFERENCE = timedelta(minutes=5)


class StripeCustomers:
    """The part of the provider that keeps payment methods; it has the client of the whole."""

    _client: stripe.StripeClient

    def open_customer(self, customer_id: UUID, *, key: str) -> str:
        """Make one that knows our id and nothing else of the person."""
        with speaking_to_stripe():
            made = self._client.v1.customers.create(
                params={"metadata": {"customer_id": str(customer_id)}}, options={"idempotency_key": key}
            )
        return made.id

    def find_customer(self, customer_id: UUID, *, since: datetime) -> str | None:
        """List, not search: Stripe's search lags."""
        oldest = int((since - CLOCK_DIFFERENCE).timestamp())
        with speaking_to_stripe():
            page = self._client.v1.customers.list(params={"created": {"gte": oldest}, "limit": 100})
            rows = list(islice(page.auto_paging_iter(), LONGEST_LIST))
        if len(rows) == LONGEST_LIST:
            raise Unavailable("Too many customers since then to look through.")
        return next((row.id for row in rows if our_id(row.metadata, "customer_id") == customer_id), None)

    def delete_customer(self, reference: str) -> None:
        """Delete; one that is gone already is what was wanted."""
        try:
            with speaking_to_stripe():
                self._client.v1.customers.delete(reference)
        except Refused as no:
            if no.reason != "resource_missing":
                raise

    def saved_methods(self, customer: str) -> tuple[SavedMethod, ...]:
        """Cards, the newest first."""
        with speaking_to_stripe():
            page = self._client.v1.customers.payment_methods.list(
                customer, params={"type": "card", "limit": MOST_SHOWN}
            )
            return tuple(_saved(method) for method in page.data)

    def detach_method(self, method: str, *, customer: str) -> bool:
        """Asked below its customer, so that another's is not there at all."""
        try:
            with speaking_to_stripe():
                self._client.v1.customers.payment_methods.retrieve(customer, method)
                self._client.v1.payment_methods.detach(method)
        except Refused:
            return False
        return True

    def open_setup(self, customer: str, *, key: str) -> SetupState:
        """For payments at which the buyer is present."""
        params: Any = {
            "customer": customer,
            "automatic_payment_methods": {"enabled": True},
            "usage": "on_session",
        }
        with speaking_to_stripe():
            return _setup(self._client.v1.setup_intents.create(params=params, options={"idempotency_key": key}))

    def retrieve_setup(self, reference: str) -> SetupState:
        """What is true now."""
        with speaking_to_stripe():
            return _setup(self._client.v1.setup_intents.retrieve(reference))


def _saved(method: stripe.PaymentMethod) -> SavedMethod:
    card: Any = method.card
    return SavedMethod(method.id, card.brand, card.last4 or "", card.exp_month, card.exp_year)


def _setup(intent: stripe.SetupIntent) -> SetupState:
    return SetupState(intent.id, intent.client_secret or "", intent.status)
