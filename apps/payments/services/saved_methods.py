"""What a customer has saved at the provider: seen, added by a setup intent, let go. Nothing of it is kept here."""

from __future__ import annotations

from uuid import UUID

from apps.payments.contracts import PaymentMethodNotFound
from apps.payments.providers import KeySpent, Refused, SavedMethod, SetupState, provider

from .ensure_customer import ensure_customer, find_customer, replace_customer

GONE = "resource_missing"
SPARE_KEYS = 2
"""Behind a key that the provider has spoilt: it answers the failure that it saved to every repeat."""


def list_methods(*, customer_id: UUID) -> tuple[SavedMethod, ...]:
    """Asked of the provider now; who never saved anything costs no question."""
    customer = find_customer(customer_id)
    if not customer:
        return ()
    try:
        return provider().saved_methods(customer)
    except Refused:
        return ()  # somebody deleted the customer there


def open_setup(*, operation_id: UUID, customer_id: UUID) -> SetupState:
    """A setup intent, once per operation. Raises AccountClosed."""
    customer, key = ensure_customer(customer_id), f"setup-{operation_id}"
    try:
        return _open(customer, key)
    except Refused as no:
        if no.reason != GONE:
            raise
    return _open(replace_customer(customer_id, customer), f"{key}-2")


def _open(customer: str, key: str) -> SetupState:
    """Under the first of its keys that is not spoilt: no need to look, what nobody confirms saves and costs nothing."""
    for number in range(SPARE_KEYS):
        try:
            return provider().open_setup(customer, key=f"{key}-again-{number}" if number else key)
        except KeySpent:
            continue
    return provider().open_setup(customer, key=f"{key}-again-{SPARE_KEYS}")


def detach_method(*, customer_id: UUID, method_id: str) -> None:
    """Let go of it for good. Another's does not exist. Raises PaymentMethodNotFound."""
    customer = find_customer(customer_id)
    if not customer or not provider().detach_method(method_id, customer=customer):
        raise PaymentMethodNotFound("You have saved no such payment method.")
