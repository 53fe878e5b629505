"""Put an address into the owner's book."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from django.db.models import F

from apps.accounts.contracts import AddressBookFull
from apps.accounts.models import Address, User
from apps.accounts.queries import BookEntry, entry_of
from apps.accounts.rules import Defaults, phone_of_address
from shop.addresses import PostalAddress, checked_address

from .change_book import change_book, point_defaults


def create_address(
    *, address_id: UUID, user_id: UUID, address: PostalAddress, phone: str = "", defaults: Defaults | None = None
) -> BookEntry:
    """Keep the address; the first one becomes the default for both. Repeating it with the same id answers what is.

    Raises Invalid with a pointer per wrong field, AddressBookFull.
    """
    address = checked_address(address)
    row = Address(id=address_id, user_id=user_id, phone=phone_of_address(phone, address.country), **asdict(address))
    wanted = defaults or Defaults()

    def change(user: User) -> BookEntry:
        known = Address.objects.filter(pk=address_id, user_id=user_id).first()
        if known is not None:
            return entry_of(known, user)
        room = User.objects.filter(pk=user_id, address_count__lt=settings.ADDRESS_BOOK_LIMIT)
        if not room.update(address_count=F("address_count") + 1):
            limit = settings.ADDRESS_BOOK_LIMIT
            raise AddressBookFull(f"You keep {limit} addresses already: remove one first.", limit=limit)
        row.save(force_insert=True)
        point_defaults(
            user,
            shipping=row.pk if wanted.shipping or user.default_shipping_id is None else user.default_shipping_id,
            billing=row.pk if wanted.billing or user.default_billing_id is None else user.default_billing_id,
        )
        row.refresh_from_db()
        return entry_of(row, user)

    return change_book(user_id, change)
