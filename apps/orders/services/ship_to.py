"""Where an order goes, and who gets its bill: addresses as they were written, or copies out of the buyer's book."""

from __future__ import annotations

from uuid import UUID

from apps.accounts import api as accounts
from shop.addresses import PostalAddress, checked_address
from shop.errors import FieldError, Invalid

Wanted = PostalAddress | UUID
"""Written out, or an entry of the address book of whoever is logged in."""


def addresses_of(
    *, shipping: Wanted, billing: Wanted | None, customer_id: UUID | None
) -> tuple[PostalAddress, PostalAddress]:
    """Shipping and billing address, each as its country writes it; one question to accounts, if any.

    Raises Invalid with a pointer to each wrong field, or to an id that is none of the customer's.
    """
    ids = tuple(wanted for wanted in (shipping, billing) if isinstance(wanted, UUID))
    book = {}
    if ids and customer_id is not None:
        saved = accounts.get_addresses(user_id=customer_id, address_ids=tuple(dict.fromkeys(ids)))
        book = {entry.address_id: entry.address for entry in saved}
    ship_to = _copy(shipping, book, at="/shipping_address")
    return ship_to, ship_to if billing is None else _copy(billing, book, at="/billing_address")


def _copy(wanted: Wanted, book: dict[UUID, PostalAddress], *, at: str) -> PostalAddress:
    if isinstance(wanted, PostalAddress):
        return checked_address(wanted, at=at)
    if wanted not in book:
        error = FieldError(f"{at}_id", "not_found", "You have no address with this id.")
        raise Invalid("Some values are wrong: see errors.", errors=(error,))
    return book[wanted]
