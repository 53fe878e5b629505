"""What happens to an intent once a buyer acts: each function moves it, keeps it and tells of it."""

from __future__ import annotations

from . import disputes, payment_methods, shapes
from .calls import Call
from .cards import Card
from .errors import Json, StripeError


def ask_for_authentication(call: Call, intent: Json, return_url: str | None) -> None:
    address = f"{call.base_url}/_fake/payment_intents/{intent['id']}/authenticate"
    intent |= {"status": "requires_action", "next_action": shapes.next_action(address, return_url)}
    call.put("payment_intent", intent)
    call.emit("payment_intent.requires_action", intent)


def authenticated_card(call: Call, intent: Json) -> Card:
    """The card that an intent in `requires_action` or `processing` waits for."""
    return payment_methods.card_of(call.find("payment_method", intent["payment_method"]))


def succeed(call: Call, intent: Json) -> None:
    """The card pays: the money is ours, or is set aside where it is captured later."""
    method = call.find("payment_method", intent["payment_method"])
    made = shapes.charge(intent, method)
    call.put("charge", made)
    manual = intent["capture_method"] == "manual"
    intent |= {
        "status": "requires_capture" if manual else "succeeded",
        "amount_capturable": intent["amount"] if manual else 0,
        "amount_received": 0 if manual else intent["amount"],
        "latest_charge": made["id"],
        "next_action": None,
        "last_payment_error": None,
        "processing": None,
    }
    intent["_charges"].append(made["id"])
    call.put("payment_intent", intent)
    _keep_or_spend(call, intent, method)
    call.emit("charge.succeeded", made)
    call.emit("payment_intent.amount_capturable_updated" if manual else "payment_intent.succeeded", intent)
    if not manual:
        disputes.open_if_the_card_says(call, made)


def _keep_or_spend(call: Call, intent: Json, method: Json) -> None:
    """A card without a customer pays once; one that shall be used again stays with its customer."""
    if intent["customer"] and intent["setup_future_usage"]:
        method["_set_up"] = True
        payment_methods.keep(call, method, intent["customer"])
    elif method["customer"] is None:
        method["_spent"] = True
    call.put("payment_method", method)


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
    method = payment_methods.named(call, alias)
    intent |= {
        "status": "processing",
        "payment_method": method["id"],
        "next_action": None,
        "last_payment_error": None,
        "processing": {"card": {}, "type": "card"},
    }
    call.put("payment_intent", intent)
    call.emit("payment_intent.processing", intent)
