"""Door 1 of accounts: what may be asked of it. Contexts know people by their tokens; this is what tokens do not say."""

from __future__ import annotations

from uuid import UUID

from shop.ports import query

from .contracts import SavedAddress


@query
def get_addresses(*, user_id: UUID, address_ids: tuple[UUID, ...]) -> tuple[SavedAddress, ...]:
    """Of this customer's address book, those of `address_ids` that are there: others' are not, in no order."""
