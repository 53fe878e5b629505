"""Customers: made, described, found, forgotten; a deleted one is still known by its id, as at Stripe."""

from __future__ import annotations

from . import payment_methods
from .calls import EXPAND, PAGING, Call, Endpoint, merged
from .customer_shapes import address, customer
from .errors import Json, ValidationError
from .forms import Choice, Fields, Kind, ListOf, Metadata, Text
from .parameters import ADDRESS, SHIPPING


def create(call: Call, params: Json) -> Json:
    """Make a customer, with a payment method if one is given."""
    made = customer()
    _describe(made, params)
    call.put("customer", made)
    call.emit("customer.created", made)
    if "payment_method" in params:
        payment_methods.attach_to(call, params["payment_method"], made["id"], param="payment_method")
    _choose_default(call, made, params)
    return made


def _describe(made: Json, params: Json) -> None:
    if params.get("email") and "@" not in params["email"]:
        raise ValidationError(f"Invalid email address: {params['email']}", code="email_invalid", param="email")
    for name in ("description", "email", "name", "phone"):
        if name in params:
            made[name] = params[name] or None
    if "address" in params:
        made["address"] = address(params["address"])
    if "shipping" in params:
        made["shipping"] = {"phone": None, **params["shipping"], "address": address(params["shipping"].get("address"))}
    if "preferred_locales" in params:
        made["preferred_locales"] = params["preferred_locales"]
    if "metadata" in params:
        made["metadata"] = merged(made["metadata"], params["metadata"])


def _choose_default(call: Call, made: Json, params: Json) -> None:
    chosen = params.get("invoice_settings", {}).get("default_payment_method")
    if chosen is None:
        return
    if chosen:
        method = call.find("payment_method", chosen, param="invoice_settings[default_payment_method]", status=400)
        if method["customer"] != made["id"]:
            raise ValidationError(
                f"The customer does not have a payment method with the ID {chosen}. The payment method must be "
                "attached to the customer.",
                code="resource_missing",
                param="invoice_settings[default_payment_method]",
            )
    made["invoice_settings"]["default_payment_method"] = chosen or None
    call.put("customer", made)


def retrieve(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One customer; of a deleted one only that it was."""
    found = call.find("customer", call.ids[0], param="id")
    return _gone(found["id"]) if found.get("_deleted") else found


def living(call: Call, identifier: str, *, param: str = "customer", status: int = 400) -> Json:
    """A customer who was not deleted."""
    return call.find("customer", identifier, param=param, status=status, but=lambda found: "_deleted" in found)


def update(call: Call, params: Json) -> Json:
    """Change what is known of a customer."""
    found = living(call, call.ids[0], param="id", status=404)
    _describe(found, params)
    _choose_default(call, found, params)
    call.put("customer", found)
    call.emit("customer.updated", found)
    return found


def delete(call: Call, params: Json) -> Json:  # noqa: ARG001
    """Forget a customer for good, and let go of the payment methods."""
    found = living(call, call.ids[0], param="id", status=404)
    for method in payment_methods.of_customer(call, found["id"]):
        payment_methods.let_go(call, method)
    found["_deleted"] = True
    call.put("customer", found)
    call.emit("customer.deleted", found)
    return _gone(found["id"])


def _gone(identifier: str) -> Json:
    return {"id": identifier, "object": "customer", "deleted": True}


def page(call: Call, params: Json) -> Json:
    """Customers, newest first, of all or with one address."""
    rows = [row for row in call.store.all(call.account, "customer") if "_deleted" not in row]
    if "email" in params:
        rows = [row for row in rows if row["email"] == params["email"]]
    return call.page("customer", params, url="/v1/customers", rows=rows)


_DESCRIBING: dict[str, Kind] = {
    "address": ADDRESS,
    "description": Text(unset=True),
    "email": Text(unset=True, longest=512),
    "invoice_settings": Fields({"default_payment_method": Text(unset=True)}),
    "metadata": Metadata(),
    "name": Text(unset=True, longest=256),
    "phone": Text(unset=True, longest=20),
    "preferred_locales": ListOf(Text()),
    "shipping": SHIPPING,
    "tax_exempt": Choice(("none",)),
    **EXPAND,
}
ENDPOINTS = (
    Endpoint("POST", "/v1/customers", create, {**_DESCRIBING, "payment_method": Text()}),
    Endpoint("GET", "/v1/customers", page, {**PAGING, "email": Text()}),
    Endpoint("GET", "/v1/customers/{id}", retrieve, EXPAND),
    Endpoint("POST", "/v1/customers/{id}", update, _DESCRIBING),
    Endpoint("DELETE", "/v1/customers/{id}", delete),
)
