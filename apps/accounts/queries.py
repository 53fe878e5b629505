"""Reads of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from shop import clock
from shop.addresses import normalised_email
from shop.db.text import starting_with
from shop.errors import NotAuthenticated
from shop.principal import Principal

from .contracts import AddressNotFound, InvitationNotFound, PersonNotFound, SavedAddress, SessionNotFound
from .models import Address, Invitation, Session, User


def scopes_of(user: User) -> frozenset[str]:
    """What a token of this person allows now."""
    return user.scopes()


@dataclass(frozen=True, slots=True)
class BookEntry:
    """An address and whether it is the owner's default."""

    row: Address
    default_for_shipping: bool
    default_for_billing: bool


def get_user(user_id: UUID) -> User:
    """The person of a token; one who is gone or closed out is nobody."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotAuthenticated("This account is gone.")
    return user


def address_book(user_id: UUID) -> QuerySet[Address]:
    """The owner's addresses."""
    return Address.objects.filter(user_id=user_id)


def get_address(*, user_id: UUID, address_id: UUID) -> Address:
    """One address of this owner; another's does not exist."""
    row = address_book(user_id).filter(pk=address_id).first()
    if row is None:
        raise AddressNotFound("You have no address with this id.")
    return row


def entry_of(row: Address, owner: User) -> BookEntry:
    """The address as its owner sees it."""
    return BookEntry(row, owner.default_shipping_id == row.pk, owner.default_billing_id == row.pk)


def get_addresses(*, user_id: UUID, address_ids: tuple[UUID, ...]) -> tuple[SavedAddress, ...]:
    """Of this customer's address book, those of `address_ids` that are there: others' are not, in no order."""
    rows = address_book(user_id).filter(pk__in=address_ids) if address_ids else ()
    return tuple(SavedAddress(address_id=row.pk, address=row.postal(), phone=row.phone) for row in rows)


def principal_of(user: User) -> Principal:
    """Who this person is to the contexts, with the scopes that they have now."""
    return Principal("staff" if user.is_staff else "customer", str(user.pk), scopes_of(user))


def sessions_of(user_id: UUID) -> QuerySet[Session, Session]:
    """The devices that somebody is logged in on; a list sorts them by their ids, the newest first."""
    return Session.objects.filter(user_id=user_id, ends_at__gt=clock.now())


def get_session(user_id: UUID, session_id: UUID) -> Session:
    """One of them; SessionNotFound for another's, an ended and an absent one alike."""
    found = sessions_of(user_id).filter(pk=session_id).first()
    if found is None:
        raise SessionNotFound("You have no session with this id.")
    return found


def people(*, is_staff: bool, email: str = "") -> QuerySet[User]:
    """Staff or customers, those whose address begins with `email`."""
    return starting_with(User.objects.filter(is_staff=is_staff), "email", normalised_email(email))


def get_person(user_id: UUID, *, is_staff: bool) -> User:
    """One of them, active or not."""
    user = User.objects.filter(pk=user_id, is_staff=is_staff).first()
    if user is None:
        raise PersonNotFound("There is nobody with this id.")
    return user


def invitations() -> QuerySet[Invitation]:
    """All of them; a list sorts them by their ids, the newest first."""
    return Invitation.objects.all()


def get_invitation(invitation_id: UUID) -> Invitation:
    """One of them, whatever became of it."""
    found = invitations().filter(pk=invitation_id).first()
    if found is None:
        raise InvitationNotFound("There is no invitation with this id.")
    return found
