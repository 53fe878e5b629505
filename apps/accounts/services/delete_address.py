"""Take an address out of the owner's book."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from apps.accounts.models import Address, User
from apps.accounts.queries import get_address
from shop.http.etags import check_revision

from .change_book import change_book, point_defaults


def delete_address(*, user_id: UUID, address_id: UUID, revision: int | None = None) -> None:
    """Forget the address; where it was the default, the oldest that is left becomes it, or none.

    Raises AddressNotFound, StaleMatch.
    """

    def change(user: User) -> None:
        row = get_address(user_id=user_id, address_id=address_id)
        check_revision(row.version, revision)
        Address.objects.filter(pk=address_id, user_id=user_id).delete()
        User.objects.filter(pk=user_id).update(address_count=F("address_count") - 1)
        oldest = Address.objects.filter(user_id=user_id).order_by("id").values_list("pk", flat=True).first()
        point_defaults(
            user,
            shipping=oldest if user.default_shipping_id == address_id else user.default_shipping_id,
            billing=oldest if user.default_billing_id == address_id else user.default_billing_id,
        )

    change_book(user_id, change)
