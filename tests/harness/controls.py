"""What a test may do at the fake servers around the shop, beyond what their real ones offer."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

import urllib3

_http = urllib3.PoolManager(maxsize=8, retries=False, timeout=urllib3.Timeout(60))


def ask(method: str, url: str, fields: dict[str, Any] | None = None, **headers: str) -> Any:
    """One request with form fields (in the query of a GET); the JSON that was answered. An error raises."""
    query = f"?{urlencode(fields)}" if fields and method == "GET" else ""
    body = urlencode(fields) if fields and method != "GET" else None
    sent = {**headers, "Accept": "application/json"}
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    answer = _http.request(method, url + query, body=body, headers=sent)
    if answer.status >= 400:
        raise RuntimeError(f"{method} {url}: {answer.status} {answer.data[:500]!r}")
    return json.loads(answer.data)


class StripeControl:
    """The fake Stripe of one shop."""

    def __init__(self, url: str, secret_key: str) -> None:
        self.url = url
        self._authorization = {"Authorization": f"Bearer {secret_key}"}

    def control(self, method: str, path: str, **fields: Any) -> Any:
        """An address under /_fake/: faults, webhooks/hold, webhooks/release, events/<id>/resend, ..."""
        return ask(method, f"{self.url}/_fake/{path}", fields)

    def everything(self, kind: str) -> list[dict[str, Any]]:
        """All objects of a kind (payment_intents, refunds, events), newest first, over all pages."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            after = {"starting_after": found[-1]["id"]} if found else {}
            page = ask("GET", f"{self.url}/v1/{kind}", {"limit": 100, **after}, **self._authorization)
            found += page["data"]
            more = page["has_more"]
        return found

    def waiting(self) -> int:
        """Webhooks that are still to be delivered."""
        return int(self.control("GET", "stats")["pending_deliveries"])

    def await_delivered(self, seconds: float = 60) -> None:
        """Wait until no webhook is on its way: each was delivered, dropped or given up."""
        give_up = time.monotonic() + seconds
        while self.waiting():
            if time.monotonic() > give_up:
                raise TimeoutError("webhooks are still on their way")
            time.sleep(0.05)

    def facts(self) -> dict[str, Any]:
        """For the invariants: intents of each order, and the money of each order as Stripe sees it."""
        intents: dict[str, list[str]] = defaultdict(list)
        aside: dict[str, int] = defaultdict(int)
        money: dict[str, dict[str, int]] = defaultdict(lambda: {"received": 0, "refunded": 0})
        order_of: dict[str, str] = {}
        for intent in self.everything("payment_intents"):
            order = order_of[intent["id"]] = intent["metadata"].get("order_id", intent["id"])
            intents[order].append(intent["id"])
            money[order]["received"] += intent["amount_received"]
            aside[order] += intent["amount_capturable"]
        for refund in self.everything("refunds"):
            # What a capture left, and a void, are refunds to Stripe that moved no money.
            moved = refund["status"] != "succeeded" or refund["balance_transaction"] is not None
            if moved and refund["status"] not in {"failed", "canceled"}:
                money[order_of[refund["payment_intent"]]]["refunded"] += refund["amount"]
        return {"intents": dict(intents), "provider": dict(money), "aside": dict(aside)}


class Mailbox:
    """The SMTP sink of one shop."""

    def __init__(self, url: str) -> None:
        self.url = url

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """The mails that came, oldest first; of one recipient when told."""
        newest: list[dict[str, Any]] = ask("GET", f"{self.url}/api/messages", {"to": to} if to else None)["messages"]
        return newest[::-1]
