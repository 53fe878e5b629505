"""Payment intents: Stripe's transitions, and the endpoints that cause them."""

from __future__ import annotations

from . import captures, customers, payment_methods, shapes
from .calls import EXPAND, PAGING, Call, Endpoint, check_secret, merged, require_return_url
from .cards import message_of
from .errors import Json, StripeError, ValidationError, unexpected_state
from .forms import Choice, Text
from .money import check_amount, checked_currency
from .parameters import CAPTURE, CREATE, PAYING, REASONS, SECRET, SHIPPING, UPDATE
from .transitions import ask_for_authentication, decline, succeed

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call, params: Json) -> Json:
    """Open an intent; with `confirm` try to take the money at once."""
    currency = checked_currency(params["currency"])
    check_amount(params["amount"], currency)
    confirm_now = params.get("confirm", False)
    for name in ("return_url", "error_on_requires_action", "off_session"):
        if name in params and not confirm_now:
            raise ValidationError(f"`{name}` can only be used when `confirm` is true.", param=name)
    intent = shapes.payment_intent(amount=params["amount"], currency=currency)
    _choose_methods(intent, params)
    intent["capture_method"] = params.get("capture_method", intent["capture_method"])
    intent["payment_method_options"]["card"] |= params.get("payment_method_options", {}).get("card", {})
    _describe(intent, params)
    _belong(call, intent, params)
    if confirm_now:
        require_return_url(call, intent, params)
    if _take(call, intent, params):
        intent["status"] = "requires_confirmation"
    call.put("payment_intent", intent)
    call.emit("payment_intent.created", intent)
    if confirm_now:
        _attempt(call, intent, params)
    return intent


def _choose_methods(intent: Json, params: Json) -> None:
    automatic = params.get("automatic_payment_methods")
    if automatic and automatic["enabled"] and "payment_method_types" in params:
        raise ValidationError(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
            param="automatic_payment_methods",
        )
    if "payment_method_types" in params or (automatic and not automatic["enabled"]):
        intent["automatic_payment_methods"] = None
    elif automatic:
        intent["automatic_payment_methods"] = {"allow_redirects": "always"} | automatic


def _belong(call: Call, intent: Json, params: Json) -> None:
    if "customer" in params:
        intent["customer"] = customers.living(call, params["customer"])["id"]
    intent["setup_future_usage"] = params.get("setup_future_usage", intent["setup_future_usage"])


def _take(call: Call, intent: Json, params: Json) -> bool:
    """Note the payment method that is given, if one is."""
    method = payment_methods.given(call, params)
    if method is not None:
        payment_methods.check_usable(method, intent["customer"])
        intent["payment_method"] = method["id"]
    return method is not None


def _describe(intent: Json, params: Json) -> None:
    email = params.get("receipt_email")
    if email and "@" not in email:
        raise ValidationError(f"Invalid email address: {email}", code="email_invalid", param="receipt_email")
    if "metadata" in params:
        intent["metadata"] = merged(intent["metadata"], params["metadata"])
    for name in ("description", "receipt_email", "shipping", "statement_descriptor_suffix"):
        if name in params:
            intent[name] = params[name] or None


def retrieve(call: Call, params: Json) -> Json:
    """One intent; a browser proves itself with the client secret."""
    intent = call.find("payment_intent", call.ids[0], param="intent")
    check_secret(call, intent, params)
    return intent


def page(call: Call, params: Json) -> Json:
    """Intents, newest first, of all or of one customer."""
    rows = call.store.all(call.account, "payment_intent")
    if "customer" in params:
        rows = [row for row in rows if row["customer"] == params["customer"]]
    return call.page("payment_intent", params, url="/v1/payment_intents", rows=rows)


def update(call: Call, params: Json) -> Json:
    """Change what may still be changed."""
    intent = dict(call.find("payment_intent", call.ids[0], param="intent"))
    frozen = [name for name in ("amount", "currency", "payment_method", "capture_method", "customer") if name in params]
    if frozen and intent["status"] not in CONFIRMABLE:
        raise unexpected_state(
            f"This PaymentIntent's {frozen[0]} could not be updated because it has a status of {intent['status']}. "
            "You may only update it when its status is one of: requires_payment_method, requires_confirmation, "
            "requires_action.",
            shapes.public(intent),
        )
    currency = checked_currency(params["currency"] if "currency" in params else intent["currency"])
    amount: int = params["amount"] if "amount" in params else intent["amount"]
    check_amount(amount, currency)
    _belong(call, intent, params)
    if _take(call, intent, params):
        intent |= {"status": "requires_confirmation", "next_action": None}
    _describe(intent, params)
    intent |= {"amount": amount, "currency": currency}
    intent["capture_method"] = params.get("capture_method", intent["capture_method"])
    call.put("payment_intent", intent)
    return intent


def confirm(call: Call, params: Json) -> Json:
    """Try to take the money, from the server or from a browser."""
    intent = dict(call.find("payment_intent", call.ids[0], param="intent"))
    check_secret(call, intent, params)
    if intent["status"] == "succeeded":
        raise _unexpected(
            call,
            intent,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(
            call,
            intent,
            f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, "
            "requires_action.",
        )
    require_return_url(call, intent, params)
    _describe(intent, {key: params[key] for key in ("receipt_email", "shipping") if key in params})
    _belong(call, intent, params)
    _take(call, intent, params)
    _attempt(call, intent, params)
    return intent


def _unexpected(call: Call, intent: Json, message: str) -> StripeError:
    shown = shapes.for_browsers(intent) if call.browser else intent
    return unexpected_state(message, shapes.public(shown))


def _attempt(call: Call, intent: Json, params: Json) -> None:
    if intent["payment_method"] is None:
        raise _unexpected(
            call,
            intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method or ConfirmationToken.",
        )
    method = call.find("payment_method", intent["payment_method"])
    payment_methods.check_usable(method, intent["customer"])
    card = payment_methods.card_of(method)
    intent |= {"next_action": None, "last_payment_error": None}
    if card.once and method.get("_set_up"):
        succeed(call, intent)
    elif (
        card.outcome == "authenticate" and not params.get("error_on_requires_action") and not params.get("off_session")
    ):
        ask_for_authentication(call, intent, params.get("return_url"))
    elif card.outcome == "authenticate":
        raise decline(call, intent, method, code="authentication_required", decline_code="authentication_required")
    elif card.outcome == "decline":
        raise decline(call, intent, method, code=card.code, decline_code=card.decline_code, message=message_of(card))
    else:
        succeed(call, intent)


def cancel(call: Call, params: Json) -> Json:
    """See to it that no money can come; not when it came or is on its way."""
    intent = call.find("payment_intent", call.ids[0], param="intent")
    if intent["status"] not in CANCELABLE:
        raise _unexpected(
            call,
            intent,
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(CANCELABLE)}.",
        )
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": shapes.now(),
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
    }
    call.put("payment_intent", intent)
    call.emit("payment_intent.canceled", intent)
    return intent


def capture(call: Call, params: Json) -> Json:
    """Take what was set aside, or a part of it; the rest is let go, unless more captures are to come."""
    intent = call.find("payment_intent", call.ids[0], param="intent")
    charged = call.find("charge", intent["latest_charge"]) if intent["latest_charge"] else None
    amount = captures.amount_to_take(intent, charged, params)
    _describe(intent, params)
    if charged is not None:
        captures.take(call, intent, charged, amount, final=params.get("final_capture") is not False)
    return intent


ENDPOINTS = (
    Endpoint("POST", "/v1/payment_intents", create, CREATE),
    Endpoint("GET", "/v1/payment_intents", page, {**PAGING, "customer": Text()}),
    Endpoint("GET", "/v1/payment_intents/{id}", retrieve, {**SECRET, **EXPAND}, browser=True),
    Endpoint("POST", "/v1/payment_intents/{id}", update, UPDATE),
    Endpoint(
        "POST",
        "/v1/payment_intents/{id}/confirm",
        confirm,
        {"receipt_email": Text(), "shipping": SHIPPING, **SECRET, **PAYING, **EXPAND},
        browser=True,
    ),
    Endpoint("POST", "/v1/payment_intents/{id}/capture", capture, CAPTURE),
    Endpoint(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        cancel,
        {"cancellation_reason": Choice(REASONS), **EXPAND},
    ),
)
