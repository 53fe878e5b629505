"""Payment methods: made of a card, kept by a customer, let go; who was let go pays nothing any more."""

from __future__ import annotations

from typing import Any

from . import shapes
from .calls import EXPAND, PAGING, Call, Endpoint, merged
from .cards import BY_ALIAS, Card, card_error, card_of_data, message_of
from .errors import Json, StripeError, ValidationError, missing
from .forms import Choice, Fields, Integer, Kind, Metadata, Text
from .parameters import BILLING, METHOD_DATA


def given(call: Call, params: Json) -> Json | None:
    """The payment method that a request names, by id, by the name of a test card or by a card's own data."""
    if "payment_method" in params and "payment_method_data" in params:
        raise ValidationError(
            "You may only specify one of these parameters: payment_method, payment_method_data.", param="payment_method"
        )
    if "payment_method_data" in params:
        return _new(call, params["payment_method_data"])
    return named(call, params["payment_method"]) if "payment_method" in params else None


def named(call: Call, name: str, *, param: str = "payment_method", status: int = 400) -> Json:
    """A stored payment method, or a fresh one of a test card's name such as `pm_card_visa`."""
    if name not in BY_ALIAS:
        return call.find("payment_method", name, param=param, status=status)
    made = shapes.payment_method(BY_ALIAS[name])
    call.put("payment_method", made)
    return made


def _new(call: Call, data: Json) -> Json:
    made = shapes.payment_method(card_of_data(data["card"]), data)
    if "metadata" in data:
        made["metadata"] = merged({}, data["metadata"])
    call.put("payment_method", made)
    return made


def card_of(method: Json) -> Card:
    """The test card behind a payment method."""
    return BY_ALIAS[method["_alias"]]


def check_usable(method: Json, customer: str | None) -> None:
    """A payment method pays for its own customer only, and a loose one only once."""
    if method.get("_spent"):
        raise StripeError(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, or was "
            "detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
            "attach it to a Customer first.",
            param="payment_method",
        )
    if method["customer"] is not None and method["customer"] != customer:
        raise StripeError(
            f"The payment method {method['id']} belongs to the Customer {method['customer']}. Please include the "
            "Customer in the `customer` parameter."
            if customer is None
            else f"The provided PaymentMethod belongs to a different Customer than {customer}.",
            param="payment_method",
        )


def create(call: Call, params: Json) -> Json:
    """Make a payment method of a card, from the server or from a browser."""
    return _new(call, params)


def retrieve(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One payment method."""
    return call.find("payment_method", call.ids[0], param="payment_method")


def update(call: Call, params: Json) -> Json:
    """Change what may be changed of a kept payment method."""
    found = call.find("payment_method", call.ids[0], param="payment_method")
    if found["customer"] is None:
        raise StripeError("You must save this PaymentMethod to a customer before you can update it.")
    if "billing_details" in params:
        found["billing_details"] = shapes.billing_details(params["billing_details"], known=found["billing_details"])
    if "metadata" in params:
        found["metadata"] = merged(found["metadata"], params["metadata"])
    found["card"] |= params.get("card", {})
    found["allow_redisplay"] = params.get("allow_redisplay", found["allow_redisplay"])
    call.put("payment_method", found)
    call.emit("payment_method.updated", found)
    return found


def attach(call: Call, params: Json) -> Json:
    """Keep a payment method with a customer; the bank may say no."""
    return attach_to(call, call.ids[0], params["customer"], status=404)


def attach_to(call: Call, name: str, customer: str, *, param: str = "id", status: int = 400) -> Json:
    """Attach by id or by a test card's name."""
    owner = call.store.get(call.account, "customer", customer)
    if owner is None or "_deleted" in owner:
        raise missing("customer", customer, param="customer", status=400)
    method = named(call, name, param=param, status=status)
    if method["customer"] == customer:
        return method
    if method["customer"] is not None:
        raise StripeError("The payment method you provided has already been attached to a customer.")
    check_usable(method, customer)
    card = card_of(method)
    if card.outcome == "decline" and not card.attaches:
        raise card_error(message_of(card), card.code, decline_code=card.decline_code)
    keep(call, method, customer)
    return method


def keep(call: Call, method: Json, customer: str) -> None:
    """It belongs to this customer from now on."""
    if method["customer"] == customer:
        return
    method["customer"] = customer
    call.put("payment_method", method)
    call.emit("payment_method.attached", method)


def detach(call: Call, params: Json) -> Json:  # noqa: ARG001
    """Let go of a payment method, for good."""
    found = call.find("payment_method", call.ids[0], param="payment_method")
    if found["customer"] is None:
        raise StripeError(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    let_go(call, found)
    return found


def let_go(call: Call, method: Json) -> None:
    """Nobody's, and never used again."""
    previous = method["customer"]
    owner = call.store.get(call.account, "customer", previous)
    if owner and owner["invoice_settings"]["default_payment_method"] == method["id"]:
        owner["invoice_settings"]["default_payment_method"] = None
        call.put("customer", owner)
    method |= {"customer": None, "_spent": True}
    call.put("payment_method", method)
    call.emit("payment_method.detached", method, previous={"customer": previous})


def of_customer(call: Call, customer: str) -> list[Json]:
    """What a customer keeps, oldest first."""
    return [row for row in call.store.all(call.account, "payment_method") if row["customer"] == customer]


def page(call: Call, params: Json) -> Json:
    """The payment methods of a customer, newest first; without one there is nothing to list."""
    rows = _owned(call, params["customer"]) if "customer" in params else []
    return call.page("payment_method", params, url="/v1/payment_methods", rows=rows)


def page_of_customer(call: Call, params: Json) -> Json:
    """The same by the customer's own address."""
    rows = _owned(call, call.ids[0], status=404)
    return call.page("payment_method", params, url=f"/v1/customers/{call.ids[0]}/payment_methods", rows=rows)


def retrieve_of_customer(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One payment method of a customer, and of nobody else."""
    customer, method = call.ids
    for row in _owned(call, customer, status=404):
        if row["id"] == method:
            return row
    raise missing("payment_method", method, param="payment_method")


def _owned(call: Call, customer: str, **how: Any) -> list[Json]:
    call.find("customer", customer, param="customer", **({"status": 400} | how))
    return of_customer(call, customer)


_UPDATE: dict[str, Kind] = {
    "allow_redisplay": Choice(("always", "limited", "unspecified")),
    "billing_details": BILLING,
    "card": Fields({"exp_month": Integer(least=1, most=12), "exp_year": Integer()}),
    "metadata": Metadata(),
    **EXPAND,
}
_LISTED: dict[str, Kind] = {
    **PAGING,
    "type": Choice(("card",)),
    "allow_redisplay": Choice(("always", "limited", "unspecified")),
}
ENDPOINTS = (
    Endpoint("POST", "/v1/payment_methods", create, {**METHOD_DATA.fields, **EXPAND}, browser=True),
    Endpoint("GET", "/v1/payment_methods", page, {**_LISTED, "customer": Text()}),
    Endpoint("GET", "/v1/payment_methods/{id}", retrieve, EXPAND),
    Endpoint("POST", "/v1/payment_methods/{id}", update, _UPDATE),
    Endpoint("POST", "/v1/payment_methods/{id}/attach", attach, {"customer": Text(required=True), **EXPAND}),
    Endpoint("POST", "/v1/payment_methods/{id}/detach", detach, EXPAND),
    Endpoint("GET", "/v1/customers/{id}/payment_methods", page_of_customer, _LISTED),
    Endpoint("GET", "/v1/customers/{id}/payment_methods/{id}", retrieve_of_customer, EXPAND),
)
