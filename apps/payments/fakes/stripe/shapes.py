"""Ids and object shapes as Stripe writes them, for API version 2026-10-28.endive.

Keys that begin with an underscore are the fake's own notes and never leave it (`public`).
"""

from __future__ import annotations

import secrets
import string
import time
from typing import TypeVar

from .cards import Card
from .errors import Json

API_VERSION = "2026-10-28.endive"
AUTHORIZED_SECONDS = 7 * 24 * 3600
_LETTERS = string.ascii_letters + string.digits
T = TypeVar("T")


def new_id(prefix: str, length: int = 24) -> str:
    """An id like Stripe's: `pi_3Nk791DzTJHYWfEw02mD0ylu`."""
    numbers = {"pi": "3", "ch": "3", "re": "3", "pm": "1", "evt": "1", "we": "1", "seti": "1", "setatt": "1", "du": "1"}
    head = numbers.get(prefix, "")
    return f"{prefix}_{head}{random_text(length - len(head))}"


def random_text(length: int) -> str:
    """Letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def now() -> int:
    """Whole seconds, as all of Stripe's times."""
    return int(time.time())


def public(value: T) -> T:
    """A deep copy without the fake's own notes."""
    if isinstance(value, dict):
        return {key: public(item) for key, item in value.items() if not str(key).startswith("_")}  # type: ignore[return-value]
    if isinstance(value, list):
        return [public(item) for item in value]  # type: ignore[return-value]
    return value


def payment_intent(*, amount: int, currency: str) -> Json:
    """A fresh intent that waits for a payment method."""
    identifier = new_id("pi")
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{random_text(25)}",
        "confirmation_method": "automatic",
        "created": now(),
        "currency": currency,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_charges": [],
    }


_FOR_BROWSERS = frozenset((
    "id", "object", "amount", "amount_details", "automatic_payment_methods", "canceled_at", "cancellation_reason",
    "capture_method", "client_secret", "confirmation_method", "created", "currency", "description",
    "last_payment_error", "livemode", "next_action", "payment_method", "payment_method_configuration_details",
    "payment_method_types", "processing", "receipt_email", "setup_future_usage", "shipping", "source", "status",
))  # fmt: skip


def for_browsers(intent: Json) -> Json:
    """What a publishable key may see of an intent."""
    return {key: value for key, value in intent.items() if key in _FOR_BROWSERS}


def next_action(address: str, return_url: str | None) -> Json:
    """Where the buyer has to go: away and back, or into a frame of Stripe's script."""
    if return_url:
        return {"redirect_to_url": {"return_url": return_url, "url": address}, "type": "redirect_to_url"}
    sdk = {"type": "three_d_secure_redirect", "stripe_js": address, "source": new_id("src")}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}


def billing_details(given: Json | None = None, *, known: Json | None = None) -> Json:
    """Who pays; what is not given stays as it is known, or empty."""
    given, known = given or {}, known or {}
    empty = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "address": empty | known.get("address", {}) | given.get("address", {}),
        **{name: given.get(name, known.get(name)) or None for name in ("email", "name", "phone")},
        "tax_id": None,
    }


def payment_method(card: Card, data: Json | None = None) -> Json:
    """A card as a payment method."""
    given = (data or {}).get("card", {})
    year = given.get("exp_year", time.gmtime().tm_year + 2)
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details((data or {}).get("billing_details")),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": given.get("exp_month", 12),
            "exp_year": year + 2000 if year < 100 else year,
            "fingerprint": f"fake{card.number[-12:]}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now(),
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_alias": card.alias,
    }


IN_PARTS = frozenset(("amex", "discover", "mastercard", "visa"))
"""Brands whose banks let money that is set aside be taken in parts."""
_OF_THE_METHOD = frozenset(("display_brand", "generated_from", "networks", "three_d_secure_usage"))


def charge(intent: Json, method: Json, *, failure: Json | None = None) -> Json:
    """One attempt to take the money of an intent, or to set it aside where it is captured later."""
    identifier = new_id("ch")
    paid = failure is None
    captured = paid and intent["capture_method"] != "manual"
    held = {"amount_authorized": intent["amount"] if paid else None}
    if paid and not captured:
        wanted = intent["payment_method_options"]["card"].get("request_multicapture") == "if_available"
        available = wanted and method["card"]["brand"] in IN_PARTS
        held["capture_before"] = now() + AUTHORIZED_SECONDS
        held["multicapture"] = {"status": "available" if available else "unavailable"}
    details = {key: value for key, value in method["card"].items() if key not in _OF_THE_METHOD}
    return {
        "id": identifier,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": f"txn_3{random_text(23)}" if captured else None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SHOP TEST",
        "captured": captured,
        "created": now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": failure["code"] if failure else None,
        "failure_message": failure["message"] if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": _outcome(failure),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {
            "card": details | held | {"network": details["brand"]},
            "type": "card",
        },
        "presentment_details": None,
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded" if paid else "failed",
        "transfer_data": None,
        "transfer_group": None,
        "_captures": 0,
        "_refunds": [],
        "_dispute": None,
    }


def _outcome(failure: Json | None) -> Json:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure["decline_code"] if failure else None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank did not return any further details with this decline."
        if failure
        else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }


def refund(charged: Json, *, amount: int, reason: str | None = None, metadata: dict[str, str] | None = None) -> Json:
    """Money sent back."""
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": f"txn_3{random_text(23)}",
        "charge": charged["id"],
        "created": now(),
        "currency": charged["currency"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": metadata or {},
        "payment_intent": charged["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def event(kind: str, subject: Json, *, request_id: str | None, idempotency_key: str | None) -> Json:
    """News with a snapshot of what it is about."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now(),
        "data": {"object": subject},
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": request_id, "idempotency_key": idempotency_key},
        "type": kind,
    }


def webhook_endpoint(*, url: str, enabled_events: list[str], description: str | None, metadata: dict[str, str]) -> Json:
    """Where events are sent; the secret is shown once, by create."""
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": now(),
        "description": description,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": metadata,
        "status": "enabled",
        "url": url,
        "_secret": f"whsec_{random_text(32)}",
    }
