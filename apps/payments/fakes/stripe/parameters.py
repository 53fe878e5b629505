"""The parameters that payment intents take, as Stripe names them."""

from __future__ import annotations

from .calls import EXPAND
from .forms import Boolean, Choice, Fields, Integer, Kind, ListOf, Metadata, Text

ADDRESS = Fields(dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), Text(unset=True)))
BILLING = Fields({"name": Text(unset=True), "email": Text(unset=True), "phone": Text(unset=True), "address": ADDRESS})
METHOD_DATA = Fields(
    {
        "type": Choice(("card",), required=True),
        "allow_redisplay": Choice(("always", "limited", "unspecified")),
        "billing_details": BILLING,
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
SHIPPING = Fields(
    {
        "name": Text(required=True),
        "address": ADDRESS,
        "phone": Text(unset=True),
        "carrier": Text(unset=True),
        "tracking_number": Text(unset=True),
    }
)
DESCRIBING: dict[str, Kind] = {
    "metadata": Metadata(),
    "description": Text(unset=True, longest=1000),
    "receipt_email": Text(unset=True),
    "shipping": SHIPPING,
    "statement_descriptor_suffix": Text(unset=True, longest=22),
}
PAYING: dict[str, Kind] = {
    "payment_method": Text(),
    "payment_method_data": METHOD_DATA,
    "return_url": Text(),
    "use_stripe_sdk": Boolean(),
    "error_on_requires_action": Boolean(),
    "off_session": Boolean(),
    "setup_future_usage": Choice(("off_session", "on_session")),
}
OPTIONS = Fields({"card": Fields({"request_multicapture": Choice(("if_available", "never"))})})
CREATE: dict[str, Kind] = {
    "amount": Integer(required=True, least=1),
    "currency": Text(required=True),
    "automatic_payment_methods": Fields(
        {"enabled": Boolean(required=True), "allow_redirects": Choice(("always", "never"))}
    ),
    "payment_method_types": ListOf(Choice(("card",))),
    "capture_method": Choice(("automatic", "automatic_async", "manual")),
    "customer": Text(),
    "payment_method_options": OPTIONS,
    "confirmation_method": Choice(("automatic",)),
    "confirm": Boolean(),
    **DESCRIBING,
    **PAYING,
    **EXPAND,
}
UPDATE: dict[str, Kind] = {
    "amount": Integer(least=1),
    "currency": Text(),
    "capture_method": Choice(("automatic", "automatic_async", "manual")),
    "customer": Text(),
    "payment_method": Text(),
    "setup_future_usage": Choice(("off_session", "on_session")),
    **DESCRIBING,
    **EXPAND,
}
CAPTURE: dict[str, Kind] = {
    "amount_to_capture": Integer(least=0),
    "final_capture": Boolean(),
    "metadata": Metadata(),
    "statement_descriptor_suffix": Text(unset=True, longest=22),
    **EXPAND,
}
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


SECRET: dict[str, Kind] = {"client_secret": Text()}
