"""A buyer as the shop sees one: HTTP only, repeats what it must, follows Retry-After, pays at Stripe's door."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import urllib3

PATIENCE_SECONDS = 120.0
"""Only a test that fails waits so long; a busy machine may be slow."""
AGAIN = frozenset({425, 429, 502, 503, 504})
GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
SECURE_CARD = "4000002500003155"
UNDER_WAY = frozenset({"pending", "reserved", "cancelling"})
"""States of an order whose placing, or giving up, a worker may still be at: POST /orders answers 202 then."""
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}

_http = urllib3.PoolManager(num_pools=8, maxsize=64, retries=False, timeout=urllib3.Timeout(60))


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower case) and parsed body of one answer."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The problem's stable code, empty for a success."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) and self.status >= 400 else ""


def ask(method: str, url: str, body: Any = None, *, form: dict[str, str] | None = None, **headers: str) -> Answer:
    """One request, one answer. Raises urllib3's HTTPError when there is none."""
    data: bytes | None = None
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is not None:
        data, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
    elif body is not None:
        data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
    response = _http.request(method, url, body=data, headers=sent)
    parsed = json.loads(response.data) if response.data and "json" in response.headers.get("Content-Type", "") else None
    return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, parsed)


def insist(method: str, url: str, body: Any = None, **headers: str) -> Answer:
    """As a good client does: again after a lost connection, a 503 or a running twin, until there is an answer."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        pause = 0.1
        try:
            answer = ask(method, url, body, form=None, **headers)
        except urllib3.exceptions.HTTPError:
            answer = None
        if answer is not None:
            running = answer.status == 409 and "retry-after" in answer.headers
            if answer.status not in AGAIN and not running:
                return answer
            pause = min(float(answer.headers.get("retry-after", pause)), 1.0)
        if time.monotonic() > give_up:
            raise TimeoutError(f"{method} {url}: no answer in {PATIENCE_SECONDS} s, last was {answer}")
        time.sleep(pause)


@dataclass(slots=True)
class Buyer:
    """One guest. Remembers the order it placed."""

    shop: str
    """The public address."""
    stripe: str
    email: str = field(default_factory=lambda: f"ada-{uuid4().hex[:12]}@example.com")
    publishable_key: str = "pk_test_shop"
    order: dict[str, Any] = field(default_factory=dict)
    token: str = ""

    def url(self, path: str) -> str:
        """The address of an API path."""
        return f"{self.shop}/api/v1{path}"

    def fill_cart(self, *lines: tuple[str, int], currency: str = "EUR") -> str:
        """A new cart with these (SKU, quantity) lines; its id."""
        cart = insist("POST", self.url("/carts"), {"currency": currency}, Idempotency_Key=uuid4().hex)
        assert cart.status == 201, cart
        for sku, quantity in lines:
            added = insist(
                "POST",
                self.url(f"/carts/{cart.body['id']}/lines"),
                {"sku": sku, "quantity": quantity},
                Idempotency_Key=uuid4().hex,
            )
            assert added.status in (200, 201), added
        return str(cart.body["id"])

    def order_body(self, cart_id: str) -> dict[str, Any]:
        """What a client sends to order a cart."""
        return {"cart_id": cart_id, "email": self.email, "shipping_address": ADDRESS}

    def place(self, cart_id: str, key: str | None = None) -> Answer:
        """Order the cart, repeating with one key until there is a final answer."""
        answer = insist("POST", self.url("/orders"), self.order_body(cart_id), Idempotency_Key=key or uuid4().hex)
        if answer.status in (201, 202):
            self.order, self.token = answer.body, answer.body["token"]
        return answer

    def buy(self, *lines: tuple[str, int], currency: str = "EUR") -> Answer:
        """Fill a cart and order it."""
        return self.place(self.fill_cart(*lines, currency=currency))

    def placed(self) -> dict[str, Any]:
        """The order when its placing is over: at once after a 201, by looking after a 202."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while (order := self.look())["status"] in UNDER_WAY:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{order['number']} is still {order['status']}")
            time.sleep(0.05)
        return order

    def is_refused(self, answer: Answer, *codes: str) -> bool:
        """Whether the order was refused for one of these reasons, in the answer or after a 202."""
        if answer.status == 202:
            return bool(self.placed()["status"] == "cancelled")
        return answer.status == 409 and answer.code in codes

    @property
    def authorization(self) -> str:
        """The header that opens this buyer's order."""
        return f"Bearer {self.token}"

    def look(self) -> dict[str, Any]:
        """The order as it is now."""
        answer = insist("GET", self.url(f"/orders/{self.order['number']}"), Authorization=self.authorization)
        assert answer.status == 200, answer
        return dict(answer.body)

    def cancel(self) -> Answer:
        """Ask for the order's cancellation."""
        url = self.url(f"/orders/{self.order['number']}/cancel")
        return insist("POST", url, {}, Authorization=self.authorization, Idempotency_Key=uuid4().hex)

    def sheet(self, *, ended_is_fine: bool = False) -> dict[str, Any]:
        """What the payment sheet needs, asked anew until the order has got that far (or has ended, if that is fine)."""
        url = self.url(f"/orders/{self.order['number']}/payment")
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = insist("GET", url, Authorization=self.authorization)
            ended = answer.status == 200 and answer.body["status"] in {"succeeded", "canceled"}
            if answer.status == 200 and (answer.body["client_secret"] or (ended and ended_is_fine)):
                return dict(answer.body)
            if time.monotonic() > give_up:
                raise TimeoutError(f"no payment sheet: {answer}")
            time.sleep(0.1)

    def pay(self, card: str = GOOD_CARD) -> Answer:
        """Pay as a browser does: get the sheet, confirm with the card."""
        return self.confirm(self.sheet()["client_secret"], card)

    def confirm(self, client_secret: str, card: str = GOOD_CARD) -> Answer:
        """Confirm the intent at the provider: publishable key, client secret, card."""
        intent = client_secret.partition("_secret_")[0]
        return ask(
            "POST",
            f"{self.stripe}/v1/payment_intents/{intent}/confirm",
            form={
                "client_secret": client_secret,
                "payment_method_data[type]": "card",
                "payment_method_data[card][number]": card,
                "payment_method_data[card][exp_month]": "12",
                "payment_method_data[card][exp_year]": "2030",
                "payment_method_data[card][cvc]": "123",
            },
            Authorization=f"Bearer {self.publishable_key}",
        )

    def await_status(self, *statuses: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Look until the order has one of these statuses."""
        give_up = time.monotonic() + seconds
        while (order := self.look())["status"] not in statuses:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{order['number']} is {order['status']}, not {statuses}")
            time.sleep(0.05)
        return order

    def await_note(self, reason: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Look until the order's timeline has an entry with this reason."""
        give_up = time.monotonic() + seconds
        while all(entry["reason"] != reason for entry in self.look()["timeline"]):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{self.order['number']} tells nothing of {reason}")
            time.sleep(0.05)
