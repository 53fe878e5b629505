"""Setup intents: how a card comes to be kept without being charged, with 3-D Secure where the bank wants it."""

from __future__ import annotations

from . import customers, payment_methods, shapes
from .calls import EXPAND, PAGING, Call, Endpoint, check_secret, merged, require_return_url
from .cards import message_of
from .customer_shapes import for_browsers, setup_attempt, setup_intent
from .errors import Json, StripeError, ValidationError
from .forms import Boolean, Choice, Fields, Kind, ListOf, Metadata, Text
from .parameters import METHOD_DATA, SECRET

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(call: Call, params: Json) -> Json:
    """Ask to keep a card; with `confirm` try at once."""
    confirm_now = params.get("confirm", False)
    if "return_url" in params and not confirm_now:
        raise ValidationError("`return_url` can only be used when `confirm` is true.", param="return_url")
    made = setup_intent()
    if "payment_method_types" in params:
        made["automatic_payment_methods"] = None
    elif "automatic_payment_methods" in params:
        made["automatic_payment_methods"] |= params["automatic_payment_methods"]
    made["usage"] = params.get("usage", made["usage"])
    if confirm_now:
        require_return_url(call, made, params)
    _describe(call, made, params)
    call.put("setup_intent", made)
    call.emit("setup_intent.created", made)
    if confirm_now:
        _attempt(call, made, params)
    return made


def _describe(call: Call, made: Json, params: Json) -> None:
    if "customer" in params:
        made["customer"] = customers.living(call, params["customer"])["id"]
    if "description" in params:
        made["description"] = params["description"] or None
    if "metadata" in params:
        made["metadata"] = merged(made["metadata"], params["metadata"])
    _take(call, made, params)


def _take(call: Call, made: Json, params: Json) -> None:
    method = payment_methods.given(call, params)
    if method is not None:
        payment_methods.check_usable(method, made["customer"])
        made |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}


def retrieve(call: Call, params: Json) -> Json:
    """One setup intent; a browser proves itself with the client secret."""
    found = call.find("setup_intent", call.ids[0], param="intent")
    check_secret(call, found, params)
    return found


def page(call: Call, params: Json) -> Json:
    """Setup intents, newest first, of all, of one customer or with one payment method."""
    rows = call.store.all(call.account, "setup_intent")
    for name in ("customer", "payment_method"):
        if name in params:
            rows = [row for row in rows if row[name] == params[name]]
    return call.page("setup_intent", params, url="/v1/setup_intents", rows=rows)


def update(call: Call, params: Json) -> Json:
    """Change what may still be changed."""
    found = call.find("setup_intent", call.ids[0], param="intent")
    if "payment_method" in params:
        _demand(call, found, "updated")
    _describe(call, found, params)
    call.put("setup_intent", found)
    return found


def confirm(call: Call, params: Json) -> Json:
    """Try to set the card up, from the server or from a browser."""
    found = call.find("setup_intent", call.ids[0], param="intent")
    check_secret(call, found, params)
    _demand(call, found, "confirmed")
    require_return_url(call, found, params)
    _take(call, found, params)
    _attempt(call, found, params)
    return found


def cancel(call: Call, params: Json) -> Json:
    """Give it up; not when the card is kept already."""
    found = call.find("setup_intent", call.ids[0], param="intent")
    _demand(call, found, "canceled")
    found |= {"status": "canceled", "cancellation_reason": params.get("cancellation_reason"), "next_action": None}
    call.put("setup_intent", found)
    call.emit("setup_intent.canceled", found)
    return found


def _demand(call: Call, found: Json, verb: str) -> None:
    if found["status"] not in CONFIRMABLE:
        raise _unexpected(
            call,
            found,
            f"This SetupIntent cannot be {verb} because it has a status of {found['status']}. Only a SetupIntent with "
            f"one of the following statuses may be {verb}: {', '.join(CONFIRMABLE)}.",
        )


def _unexpected(call: Call, found: Json, message: str) -> StripeError:
    return StripeError(message, code="setup_intent_unexpected_state", setup_intent=_shown(call, found))


def _shown(call: Call, found: Json) -> Json:
    return shapes.public(for_browsers(found) if call.browser else found)


def _attempt(call: Call, found: Json, params: Json) -> None:
    if found["payment_method"] is None:
        raise _unexpected(
            call,
            found,
            "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
            "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method.",
        )
    card = payment_methods.card_of(call.find("payment_method", found["payment_method"]))
    found |= {"next_action": None, "last_setup_error": None}
    if card.outcome == "authenticate":
        _ask(call, found, params.get("return_url"))
    elif card.outcome == "decline" and not card.attaches:
        raise fail(call, found, code=card.code, decline_code=card.decline_code, message=message_of(card))
    else:
        succeed(call, found)


def _ask(call: Call, found: Json, return_url: str | None) -> None:
    found |= {
        "status": "requires_action",
        "next_action": shapes.next_action(
            f"{call.base_url}/_fake/setup_intents/{found['id']}/authenticate", return_url
        ),
    }
    _note(call, found, status="requires_action")
    call.put("setup_intent", found)
    call.emit("setup_intent.requires_action", found)


def succeed(call: Call, found: Json) -> None:
    """The card may be used from now on, by its customer if there is one."""
    method = call.find("payment_method", found["payment_method"])
    method["_set_up"] = True
    call.put("payment_method", method)
    found |= {"status": "succeeded", "next_action": None, "last_setup_error": None}
    _note(call, found, status="succeeded")
    if found["customer"] is not None:
        payment_methods.keep(call, method, found["customer"])
    call.put("setup_intent", found)
    call.emit("setup_intent.succeeded", found)


def fail(call: Call, found: Json, *, code: str, message: str, decline_code: str | None = None) -> StripeError:
    """The bank or the buyer said no; it waits for another card. Answers the error to raise."""
    method = shapes.public(call.find("payment_method", found["payment_method"]))
    error = {
        "code": code,
        "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": method,
        "type": "card_error" if decline_code else "invalid_request_error",
    }
    if decline_code:
        error["decline_code"] = decline_code
    _note(call, found, status="failed", error=error)
    found |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_setup_error": error,
    }
    call.put("setup_intent", found)
    call.emit("setup_intent.setup_failed", found)
    return StripeError(
        message,
        status=402,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        payment_method=method,
        setup_intent=_shown(call, found),
    )


def authenticated(call: Call, found: Json, *, passed: bool) -> None:
    """3-D Secure ended."""
    card = payment_methods.card_of(call.find("payment_method", found["payment_method"]))
    if not passed:
        message = "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        fail(
            call,
            found,
            code="setup_intent_authentication_failure",
            message=f"{message}PaymentMethod to attempt to fulfill this SetupIntent again.",
        )
    elif card.decline_code:
        fail(call, found, code="card_declined", decline_code=card.decline_code, message="Your card was declined.")
    else:
        succeed(call, found)


def _note(call: Call, found: Json, *, status: str, error: Json | None = None) -> None:
    made = setup_attempt(found, status=status, error=error)
    call.put("setup_attempt", made)
    found["latest_attempt"] = made["id"]


_DESCRIBING: dict[str, Kind] = {
    "customer": Text(),
    "description": Text(unset=True, longest=1000),
    "metadata": Metadata(),
    "payment_method": Text(),
    "payment_method_data": METHOD_DATA,
    **EXPAND,
}
_CREATE: dict[str, Kind] = {
    **_DESCRIBING,
    "automatic_payment_methods": Fields(
        {"enabled": Boolean(required=True), "allow_redirects": Choice(("always", "never"))}
    ),
    "confirm": Boolean(),
    "payment_method_types": ListOf(Choice(("card",))),
    "return_url": Text(),
    "usage": Choice(("off_session", "on_session")),
    "use_stripe_sdk": Boolean(),
}
_CONFIRM: dict[str, Kind] = {
    "payment_method": Text(),
    "payment_method_data": METHOD_DATA,
    "return_url": Text(),
    "use_stripe_sdk": Boolean(),
    **SECRET,
    **EXPAND,
}
_REASON = Choice(("abandoned", "requested_by_customer", "duplicate"))
ENDPOINTS = (
    Endpoint("POST", "/v1/setup_intents", create, _CREATE),
    Endpoint("GET", "/v1/setup_intents", page, {**PAGING, "customer": Text(), "payment_method": Text()}),
    Endpoint("GET", "/v1/setup_intents/{id}", retrieve, {**SECRET, **EXPAND}, browser=True),
    Endpoint("POST", "/v1/setup_intents/{id}", update, _DESCRIBING),
    Endpoint("POST", "/v1/setup_intents/{id}/confirm", confirm, _CONFIRM, browser=True),
    Endpoint("POST", "/v1/setup_intents/{id}/cancel", cancel, {"cancellation_reason": _REASON, **EXPAND}),
)
