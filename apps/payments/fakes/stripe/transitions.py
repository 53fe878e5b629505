"""What happens to an intent once a buyer acts: each function moves it, keeps it and tells of it."""

from __future__ import annotations

from . import shapes
from .calls import Call
from .cards import BY_ALIAS, Card
from .errors import Json, StripeError


def ask_for_authentication(call: Call, intent: Json, return_url: str | None) -> None:
    address = f"{call.base_url}/_fake/payment_intents/{intent['id']}/authenticate"
    intent["status"] = "requires_action"
    if return_url:
        intent["next_action"] = {
            "redirect_to_url": {"return_url": return_url, "url": address},
            "type": "redirect_to_url",
        }
    else:
        sdk = {"type": "three_d_secure_redirect", "stripe_js": address, "source": shapes.new_id("src")}
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": sdk}
    call.put("payment_intent", intent)
    call.emit("payment_intent.requires_action", intent)


def authenticated_card(call: Call, intent: Json) -> Card:
    """The card that an intent in `requires_action` or `processing` waits for."""
    return BY_ALIAS[call.find("payment_method", intent["payment_method"])["_alias"]]


def succeed(call: Call, intent: Json) -> None:
    """The money is ours: a charge, and the intent is final."""
    method = call.find("payment_method", intent["payment_method"])
    made = shapes.charge(intent, method)
    call.put("charge", made)
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": made["id"],
        "next_action": None,
        "last_payment_error": None,
        "processing": None,
    }
    intent["_charges"].append(made["id"])
    call.put("payment_intent", intent)
    call.emit("charge.succeeded", made)
    call.emit("payment_intent.succeeded", intent)


def decline(
    call: Call, intent: Json, method: Json, *, code: str, decline_code: str, message: str = "Your card was declined."
) -> StripeError:
    """A failed charge; the intent waits for another payment method. Answers the error to raise."""
    failure = {"code": code, "decline_code": decline_code, "message": message}
    made = shapes.charge(intent, method, failure=failure)
    call.put("charge", made)
    intent["_charges"].append(made["id"])
    intent |= {
        "status": "requires_payment_method",
        "latest_charge": made["id"],
        "payment_method": None,
        "next_action": None,
        "processing": None,
        "last_payment_error": {
            "charge": made["id"],
            "code": code,
            "decline_code": decline_code,
            "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
            "message": message,
            "payment_method": shapes.public(method),
            "type": "card_error",
        },
    }
    call.put("payment_intent", intent)
    call.emit("charge.failed", made)
    call.emit("payment_intent.payment_failed", intent)
    shown = shapes.for_browsers(intent) if call.browser else intent
    return StripeError(
        message,
        status=402,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        charge=made["id"],
        payment_intent=shapes.public(shown),
        payment_method=shapes.public(method),
    )


def fail_authentication(call: Call, intent: Json) -> None:
    """The buyer did not pass 3-D Secure."""
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    method = call.find("payment_method", intent["payment_method"])
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": {
            "code": "payment_intent_authentication_failure",
            "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
            "message": message,
            "payment_method": shapes.public(method),
            "type": "card_error",
        },
    }
    call.put("payment_intent", intent)
    call.emit("payment_intent.payment_failed", intent)


def decline_plainly(call: Call, intent: Json) -> None:
    """A payment that was on its way, or authenticated, ends in a decline."""
    method = call.find("payment_method", intent["payment_method"])
    decline(call, intent, method, code="card_declined", decline_code="generic_decline")


def begin_processing(call: Call, intent: Json, alias: str) -> None:
    """The bank has not decided yet: an intent that can be neither canceled nor confirmed."""
    method = shapes.payment_method(BY_ALIAS.get(alias, BY_ALIAS["pm_card_visa"]))
    call.put("payment_method", method)
    intent |= {
        "status": "processing",
        "payment_method": method["id"],
        "next_action": None,
        "last_payment_error": None,
        "processing": {"card": {}, "type": "card"},
    }
    call.put("payment_intent", intent)
    call.emit("payment_intent.processing", intent)
