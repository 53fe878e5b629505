"""Payment intents: Stripe's transitions, and the endpoints that cause them."""

from __future__ import annotations

from . import shapes
from .calls import EXPAND, PAGING, Call, Endpoint, merged
from .cards import BY_ALIAS, Card, card_of_data, message_of
from .errors import Json, StripeError, ValidationError, unexpected_state
from .forms import Boolean, Choice, Fields, Integer, Kind, ListOf, Metadata, Text
from .money import check_amount, checked_currency

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")

_ADDRESS = Fields(dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), Text(unset=True)))
METHOD_DATA = Fields(
    {
        "type": Choice(("card",), required=True),
        "allow_redisplay": Choice(("always", "limited", "unspecified")),
        "billing_details": Fields(
            {"name": Text(unset=True), "email": Text(unset=True), "phone": Text(unset=True), "address": _ADDRESS}
        ),
        "card": Fields(
            {
                "number": Text(required=True),
                "exp_month": Integer(required=True),
                "exp_year": Integer(required=True),
                "cvc": Text(),
            },
            required=True,
        ),
        "metadata": Metadata(),
    }
)
_SHIPPING = Fields(
    {
        "name": Text(required=True),
        "address": _ADDRESS,
        "phone": Text(unset=True),
        "carrier": Text(unset=True),
        "tracking_number": Text(unset=True),
    }
)
_DESCRIBING: dict[str, Kind] = {
    "metadata": Metadata(),
    "description": Text(unset=True, longest=1000),
    "receipt_email": Text(unset=True),
    "shipping": _SHIPPING,
    "statement_descriptor_suffix": Text(unset=True, longest=22),
}
_PAYING: dict[str, Kind] = {
    "payment_method": Text(),
    "payment_method_data": METHOD_DATA,
    "return_url": Text(),
    "use_stripe_sdk": Boolean(),
    "error_on_requires_action": Boolean(),
    "off_session": Boolean(),
}
_CREATE: dict[str, Kind] = {
    "amount": Integer(required=True, least=1),
    "currency": Text(required=True),
    "automatic_payment_methods": Fields(
        {"enabled": Boolean(required=True), "allow_redirects": Choice(("always", "never"))}
    ),
    "payment_method_types": ListOf(Choice(("card",))),
    "capture_method": Choice(("automatic", "automatic_async")),
    "confirmation_method": Choice(("automatic",)),
    "confirm": Boolean(),
    **_DESCRIBING,
    **_PAYING,
    **EXPAND,
}
_UPDATE: dict[str, Kind] = {
    "amount": Integer(least=1),
    "currency": Text(),
    "payment_method": Text(),
    **_DESCRIBING,
    **EXPAND,
}
_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


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
    _describe(intent, params)
    method = _method_given(call, params)
    if confirm_now:
        _require_return_url(call, intent, params)
    if method is not None:
        intent["payment_method"] = method["id"]
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


def _describe(intent: Json, params: Json) -> None:
    email = params.get("receipt_email")
    if email and "@" not in email:
        raise ValidationError(f"Invalid email address: {email}", code="email_invalid", param="receipt_email")
    if "metadata" in params:
        intent["metadata"] = merged(intent["metadata"], params["metadata"])
    for name in ("description", "receipt_email", "shipping", "statement_descriptor_suffix"):
        if name in params:
            intent[name] = params[name] or None


def _method_given(call: Call, params: Json) -> Json | None:
    if "payment_method" in params and "payment_method_data" in params:
        raise ValidationError(
            "You may only specify one of these parameters: payment_method, payment_method_data.", param="payment_method"
        )
    if "payment_method_data" in params:
        data = params["payment_method_data"]
        method = shapes.payment_method(card_of_data(data["card"]), data)
    elif params.get("payment_method") in BY_ALIAS:
        method = shapes.payment_method(BY_ALIAS[params["payment_method"]])
    elif "payment_method" in params:
        return call.find("payment_method", params["payment_method"], param="payment_method", status=400)
    else:
        return None
    call.put("payment_method", method)
    return method


def _require_return_url(call: Call, intent: Json, params: Json) -> None:
    automatic = intent["automatic_payment_methods"]
    redirects = automatic is not None and automatic["allow_redirects"] == "always"
    if redirects and not call.browser and not params.get("return_url") and not params.get("use_stripe_sdk"):
        raise ValidationError(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. "
            "If you don't want to accept redirect-based payment methods, set "
            "`automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to "
            "`never` when creating Setup Intents and Payment Intents.",
            param="return_url",
        )


def retrieve(call: Call, params: Json) -> Json:
    """One intent; a browser proves itself with the client secret."""
    intent = call.find("payment_intent", call.ids[0], param="intent")
    _check_secret(call, intent, params)
    return intent


def _check_secret(call: Call, intent: Json, params: Json) -> None:
    given = params.get("client_secret")
    if given is None and call.browser:
        raise ValidationError("Missing required param: client_secret.", code="parameter_missing", param="client_secret")
    if given is not None and given != intent["client_secret"]:
        raise ValidationError(
            "The client_secret provided does not match the client_secret associated with the PaymentIntent.",
            code="payment_intent_invalid_parameter",
            param="client_secret",
        )


def page(call: Call, params: Json) -> Json:
    """All intents, newest first."""
    return call.page("payment_intent", params, url="/v1/payment_intents")


def update(call: Call, params: Json) -> Json:
    """Change what may still be changed."""
    intent = call.find("payment_intent", call.ids[0], param="intent")
    frozen = [name for name in ("amount", "currency", "payment_method") if name in params]
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
    method = _method_given(call, params)
    _describe(intent, params)
    intent |= {"amount": amount, "currency": currency}
    if method is not None:
        intent |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}
    call.put("payment_intent", intent)
    return intent


def confirm(call: Call, params: Json) -> Json:
    """Try to take the money, from the server or from a browser."""
    intent = call.find("payment_intent", call.ids[0], param="intent")
    _check_secret(call, intent, params)
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
    _require_return_url(call, intent, params)
    _describe(intent, {key: params[key] for key in ("receipt_email", "shipping") if key in params})
    method = _method_given(call, params)
    if method is not None:
        intent["payment_method"] = method["id"]
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
    card = BY_ALIAS[method["_alias"]]
    intent |= {"next_action": None, "last_payment_error": None}
    if card.outcome == "authenticate" and not params.get("error_on_requires_action") and not params.get("off_session"):
        _ask_for_authentication(call, intent, params.get("return_url"))
    elif card.outcome == "authenticate":
        raise decline(call, intent, method, code="authentication_required", decline_code="authentication_required")
    elif card.outcome == "decline":
        raise decline(call, intent, method, code=card.code, decline_code=card.decline_code, message=message_of(card))
    else:
        succeed(call, intent)


def _ask_for_authentication(call: Call, intent: Json, return_url: str | None) -> None:
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
        "canceled_at": shapes.now(),
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
    }
    call.put("payment_intent", intent)
    call.emit("payment_intent.canceled", intent)
    return intent


_SECRET: dict[str, Kind] = {"client_secret": Text()}
ENDPOINTS = (
    Endpoint("POST", "/v1/payment_intents", create, _CREATE),
    Endpoint("GET", "/v1/payment_intents", page, {**PAGING, "customer": Text()}),
    Endpoint("GET", "/v1/payment_intents/{id}", retrieve, {**_SECRET, **EXPAND}, browser=True),
    Endpoint("POST", "/v1/payment_intents/{id}", update, _UPDATE),
    Endpoint(
        "POST",
        "/v1/payment_intents/{id}/confirm",
        confirm,
        {"receipt_email": Text(), "shipping": _SHIPPING, **_SECRET, **_PAYING, **EXPAND},
        browser=True,
    ),
    Endpoint(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        cancel,
        {"cancellation_reason": Choice(_REASONS), **EXPAND},
    ),
)
