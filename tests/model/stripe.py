"""Stripe in this process, without a socket: the real SDK asks the fake's gateway directly, webhooks lie in a tray.

What was posted lies in the tray until a test delivers it: in any order, twice, late or never.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import urlencode, urlsplit

import requests
import stripe
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from apps.payments.fakes.stripe import shapes
from apps.payments.fakes.stripe.control import Control
from apps.payments.fakes.stripe.deliveries import Dispatcher, Pace
from apps.payments.fakes.stripe.faults import Dropped, Fault
from apps.payments.fakes.stripe.gateway import Account, Gateway, Request
from apps.payments.fakes.stripe.store import Store
from apps.payments.providers import using_provider
from apps.payments.providers.stripe import StripeProvider
from shop import clock

SECRET, PUBLISHABLE, SIGNING = "sk_test_shop", "pk_test_shop", "whsec_shop"
BASE = "http://stripe.test"


class Wire(BaseAdapter):
    """Where a socket would be."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self._gateway = gateway

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The gateway's answer; silence is a connection that ended."""
        parts, body = urlsplit(str(request.url)), request.body or b""
        raw = body.encode() if isinstance(body, str) else bytes(body)  # type: ignore[arg-type]
        try:
            reply = self._gateway.answer(
                Request(str(request.method), parts.path, parts.query, raw, request.headers, BASE)
            )
        except Dropped as silence:
            raise requests.exceptions.ConnectionError("The connection ended.") from silence
        answer = requests.Response()
        answer.status_code, answer._content = reply.status, reply.body  # its only way in
        answer.headers = CaseInsensitiveDict({"Content-Type": reply.content_type, **reply.headers})
        answer.url, answer.request = str(request.url), request
        return answer

    def close(self) -> None:
        """Nothing is open."""


class Stripe:
    """The provider as the buyer, the bank and the postman see it."""

    def __init__(self) -> None:
        self.store = Store()
        self.gateway = Gateway(self.store, Dispatcher(self.store, pace=Pace()), [Account(SECRET, PUBLISHABLE)])
        self._control = Control(self.gateway)
        self._seen = 0
        self.tray: list[str] = []
        """Bodies of webhooks that are under way, oldest first."""

    def intents(self, order_id: str) -> list[dict[str, Any]]:
        """All that were made for this order."""
        return [one for one in self._all("payment_intent") if one["metadata"].get("order_id") == order_id]

    def intent(self, order_id: str) -> dict[str, Any] | None:
        """The one of this order, as it is now."""
        found = self.intents(order_id)
        assert len(found) <= 1, f"order {order_id} has {len(found)} intents"
        return found[0] if found else None

    def setups(self) -> dict[str, dict[str, Any]]:
        """All setup intents as they are now, by their ids."""
        return {one["id"]: one for one in self._all("setup_intent")}

    def received(self, order_id: str) -> int:
        """What came for this order so far."""
        intent = self.intent(order_id)
        return int(intent["amount_received"]) if intent else 0

    def aside(self, order_id: str) -> int:
        """What could be captured for this order now."""
        intent = self.intent(order_id)
        return int(intent["amount_capturable"]) if intent else 0

    def was_paid(self, order_id: str) -> bool:
        """Whether its buyer ever paid, or had money set aside, whatever became of it."""
        intent = self.intent(order_id)
        made = intent["id"] if intent else None
        return any(charge["paid"] for charge in self._all("charge") if charge["payment_intent"] == made)

    def do(self, intent: str, verb: str, **fields: str) -> bool:
        """pay, process, settle or authenticate, as buyer or bank do; False when it was declined or refused."""
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"/_fake/{'setup' if intent.startswith('seti_') else 'payment'}_intents/{intent}/{verb}"
        return self._control.answer(Request("POST", path, "", body, headers, BASE)).status == 200

    def trouble(self, kind: str, when: str, status: int) -> None:
        """The next request fails so."""
        self.gateway.faults.order(Fault(kind=kind, when=when, status=status))

    def collect(self) -> None:
        """Take up what was posted since the last time."""
        events = self._all("event")
        self.tray += [json.dumps(shapes.public(event)) for event in events[self._seen :]]
        self._seen = len(events)

    def facts(self) -> dict[str, Any]:
        """For the invariants: intents of each order, and the money of each order as Stripe sees it."""
        intents: dict[str, list[str]] = {}
        money: dict[str, dict[str, int]] = {}
        aside: dict[str, int] = {}
        paid: dict[str, bool] = {}
        order_of: dict[str, str] = {}
        for intent in self._all("payment_intent"):
            order = order_of[intent["id"]] = intent["metadata"]["order_id"]
            intents.setdefault(order, []).append(intent["id"])
            money.setdefault(order, {"received": 0, "refunded": 0})["received"] += intent["amount_received"]
            paid[order] = paid.get(order, False) or self.was_paid(order)
            aside[order] = aside.get(order, 0) + intent["amount_capturable"]
        for refund in self._all("refund"):
            # What a capture left, and a void, are refunds to Stripe that moved no money.
            moved = refund["status"] != "succeeded" or refund["balance_transaction"] is not None
            if moved and refund["status"] not in {"failed", "canceled"}:
                money[order_of[refund["payment_intent"]]]["refunded"] += refund["amount"]
        return {"intents": intents, "provider": money, "aside": aside, "was_paid": paid}

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return self.store.all(SECRET, kind)


def signed(body: str, secret: str = SIGNING) -> str:
    """The header of a webhook that Stripe sends now."""
    return str(stripe.WebhookSignature.generate_signature_header(body, secret))


@contextmanager
def stripe_in_hand() -> Iterator[Stripe]:
    """The shop's provider speaks to a new Stripe, which has the shop's time."""
    made = Stripe()
    real = StripeProvider(secret_key=SECRET, publishable_key=PUBLISHABLE, webhook_secret=SIGNING, api_base=BASE)
    real._session.mount("http://", Wire(made.gateway))
    now = SimpleNamespace(**{**vars(shapes.time), "time": clock.seconds})
    with using_provider(real), mock.patch.object(shapes, "time", now):
        yield made
    real.close()
