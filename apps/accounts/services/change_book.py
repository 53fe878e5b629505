"""The frame of every change of an address book: guard by the owner's row, so that its changes go one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db.models import F

from apps.accounts.models import Address, User
from shop.db import transact
from shop.errors import NotAuthenticated

T = TypeVar("T")


def change_book(user_id: UUID, change: Callable[[User], T]) -> T:
    """Run `change` with the owner as they are now, in one transaction that no other change of the book overlaps."""

    def effect() -> T:
        # First, so that a twin waits for us: what is read behind it stays true until the commit.
        if not User.objects.filter(pk=user_id, is_active=True).update(version=F("version") + 1):
            raise NotAuthenticated("This account is gone.")
        return change(User.objects.get(pk=user_id))

    return transact("accounts", effect)


def point_defaults(user: User, *, shipping: UUID | None, billing: UUID | None) -> None:
    """Make these the defaults; the addresses that gain or lose it get a new version, since they show it."""
    before = {user.default_shipping_id, user.default_billing_id}
    if (user.default_shipping_id, user.default_billing_id) == (shipping, billing):
        return
    User.objects.filter(pk=user.pk).update(default_shipping_id=shipping, default_billing_id=billing)
    touched = [pk for pk in before | {shipping, billing} if pk is not None]
    Address.objects.filter(pk__in=touched, user_id=user.pk).update(version=F("version") + 1)
    user.default_shipping_id, user.default_billing_id = shipping, billing
