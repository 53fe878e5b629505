"""Customers, setup intents and their attempts, as Stripe writes them."""

from __future__ import annotations

from . import shapes
from .errors import Json

_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def address(given: Json | None) -> Json | None:
    """A whole address, or none."""
    return _ADDRESS | given if given else None


def customer() -> Json:
    """Somebody who comes back; all empty until described."""
    return {
        "id": shapes.new_id("cus", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": shapes.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": shapes.random_text(8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def setup_intent() -> Json:
    """A card that shall be kept, before there is one."""
    identifier = shapes.new_id("seti")
    return {
        "id": identifier,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "cancellation_reason": None,
        "client_secret": f"{identifier}_secret_{shapes.random_text(25)}",
        "created": shapes.now(),
        "customer": None,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {
            "card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }


def setup_attempt(setup: Json, *, status: str, error: Json | None = None) -> Json:
    """One try to set a card up; not asked for by id, only expanded from its setup intent."""
    return {
        "id": shapes.new_id("setatt"),
        "object": "setup_attempt",
        "application": None,
        "created": shapes.now(),
        "customer": setup["customer"],
        "flow_directions": None,
        "livemode": False,
        "on_behalf_of": None,
        "payment_method": setup["payment_method"],
        "payment_method_details": {"card": {"three_d_secure": None}, "type": "card"},
        "setup_error": error,
        "setup_intent": setup["id"],
        "status": status,
        "usage": setup["usage"],
    }


_FOR_BROWSERS = frozenset((
    "id", "object", "automatic_payment_methods", "cancellation_reason", "client_secret", "created", "description",
    "last_setup_error", "livemode", "next_action", "payment_method", "payment_method_types", "status", "usage",
))  # fmt: skip


def for_browsers(setup: Json) -> Json:
    """What a publishable key may see of a setup intent."""
    return {key: value for key, value in setup.items() if key in _FOR_BROWSERS}
