"""Change an address of the owner's book, or make it the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from django.db.models import F

from apps.accounts.models import Address, User
from apps.accounts.queries import BookEntry, entry_of, get_address
from apps.accounts.rules import Defaults, phone_of_address
from shop import clock
from shop.addresses import checked_address
from shop.http.etags import check_revision

from .change_book import change_book, point_defaults


def change_address(
    *,
    user_id: UUID,
    address_id: UUID,
    changes: Mapping[str, Any],
    defaults: Defaults | None = None,
    revision: int | None = None,
) -> BookEntry:
    """Replace the fields that `changes` names; the whole must then be an address of its country.

    Taking the default away leaves none. Orders keep the address that they were placed with.
    Raises AddressNotFound, Invalid, StaleMatch.
    """

    def change(user: User) -> BookEntry:
        row = get_address(user_id=user_id, address_id=address_id)
        check_revision(row.version, revision)
        new = {name: value for name, value in changes.items() if name != "phone"}
        address = checked_address(replace(row.postal(), **new))
        phone = phone_of_address(changes.get("phone", row.phone), address.country)
        Address.objects.filter(pk=address_id, user_id=user_id).update(
            **asdict(address), phone=phone, version=F("version") + 1, updated_at=clock.now()
        )
        wanted = defaults or Defaults()
        point_defaults(
            user,
            shipping=_pointer(user.default_shipping_id, address_id, wanted.shipping),
            billing=_pointer(user.default_billing_id, address_id, wanted.billing),
        )
        return entry_of(get_address(user_id=user_id, address_id=address_id), user)

    return change_book(user_id, change)


def _pointer(present: UUID | None, address_id: UUID, wanted: bool | None) -> UUID | None:  # noqa: FBT001  # of a body
    if wanted is None:
        return present
    if wanted:
        return address_id
    return None if present == address_id else present
