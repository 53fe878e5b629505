"""What accounts says to others. No Django here.

An event that holds a token perishes with it: the token is for the mail alone, and nothing of it stays behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from shop.addresses import PostalAddress
from shop.errors import DomainError, FieldError
from shop.events import Event

VERIFY_WITHIN = timedelta(days=2)
RESET_WITHIN = timedelta(hours=1)
"""The shortest, since such a link opens the account at once."""
CONFIRM_WITHIN = timedelta(days=1)
ACCEPT_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class UserRegistered(Event):
    """There is a new account; whether the address is its owner's is not known yet."""

    name: ClassVar[str] = "accounts.user_registered.v1"
    user_id: UUID
    email: str
    language: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class VerificationAsked(Event):
    """Whoever reads `email` shall say that it is theirs."""

    name: ClassVar[str] = "accounts.verification_asked.v1"
    perishes_after: ClassVar[timedelta | None] = VERIFY_WITHIN
    user_id: UUID
    email: str
    language: str
    token: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AddressVerified(Event):
    """The user has shown that `email` is theirs."""

    name: ClassVar[str] = "accounts.address_verified.v1"
    user_id: UUID
    email: str
    verified_at: datetime


@dataclass(frozen=True, slots=True)
class KnownAddressTried(Event):
    """Somebody, perhaps its owner, wanted `email` for an account although it has one; `token` resets its password."""

    name: ClassVar[str] = "accounts.known_address_tried.v1"
    perishes_after: ClassVar[timedelta | None] = RESET_WITHIN
    user_id: UUID
    email: str
    language: str
    token: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordResetAsked(Event):
    """Somebody who says that they forgot the password of this account asks for a new one."""

    name: ClassVar[str] = "accounts.password_reset_asked.v1"
    perishes_after: ClassVar[timedelta | None] = RESET_WITHIN
    user_id: UUID
    email: str
    language: str
    token: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """The account has a new password, and every session but the one that changed it has ended."""

    name: ClassVar[str] = "accounts.password_changed.v1"
    user_id: UUID
    email: str
    language: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class EmailChangeAsked(Event):
    """The account's owner wants another address; for the notice to the present one, `email`."""

    name: ClassVar[str] = "accounts.email_change_asked.v1"
    user_id: UUID
    email: str
    new_email: str
    language: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class EmailConfirmationAsked(Event):
    """Whoever reads `email`, an account's next address, shall say that it is theirs."""

    name: ClassVar[str] = "accounts.email_confirmation_asked.v1"
    perishes_after: ClassVar[timedelta | None] = CONFIRM_WITHIN
    user_id: UUID
    email: str
    language: str
    token: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class EmailChanged(Event):
    """The account is known by another address now, which is verified."""

    name: ClassVar[str] = "accounts.email_changed.v1"
    user_id: UUID
    old_email: str
    new_email: str
    language: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ProfileChanged(Event):
    """The owner of an account wants to be written to in this language from now on."""

    name: ClassVar[str] = "accounts.profile_changed.v1"
    user_id: UUID
    language: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """An entry of a customer's address book."""

    address_id: UUID
    address: PostalAddress
    phone: str


@dataclass(frozen=True, slots=True)
class StaffInvited(Event):
    """Somebody is offered roles; `token` opens the offer once, until `expires_at`. Only the mail may hold it."""

    name: ClassVar[str] = "accounts.staff_invited.v1"
    perishes_after: ClassVar[timedelta | None] = ACCEPT_WITHIN
    invitation_id: UUID
    email: str
    roles: tuple[str, ...]
    invited_by: str
    """The name of who invites."""
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeletionRequested(Event):
    """The owner of an account wants it erased; until `erase_at` they can take that back."""

    name: ClassVar[str] = "accounts.deletion_requested.v1"
    user_id: UUID
    email: str
    language: str
    erase_at: datetime


@dataclass(frozen=True, slots=True)
class AccountDeleted(Event):
    """The account is erased: drop what you keep of this person and need not keep."""

    name: ClassVar[str] = "accounts.account_deleted.v1"
    user_id: UUID
    email: str
    """The address that was theirs, for whoever knows people by it."""


class TokenNotValid(DomainError):
    """Unknown, used, replaced by a newer one, or too old: which of them is nobody's business."""

    code = "accounts.token_not_valid"
    title = "Token not valid"
    status = 422

    def __init__(self) -> None:
        detail = "This link does not work any more. Ask for a new one."
        super().__init__(detail, errors=(FieldError("/token", "not_valid", detail),))


class WrongPassword(DomainError):
    """The present password, asked for before something important, is another."""

    code = "accounts.wrong_password"
    title = "Wrong password"
    status = 422

    def __init__(self) -> None:
        detail = "This is not your present password."
        super().__init__(detail, errors=(FieldError("/current_password", "wrong", detail),))


class EmailTaken(DomainError):
    """Another account was faster: an address belongs to one."""

    code = "accounts.email_taken"
    title = "Address taken"
    status = 409

    def __init__(self) -> None:
        super().__init__("Another account has this address by now.")


class AddressNotFound(DomainError):
    """Absent, or another customer's: both look the same."""

    code = "accounts.address_not_found"
    title = "No such address"
    status = 404


class AddressBookFull(DomainError):
    """No more addresses can be kept (params: limit): remove one first."""

    code = "accounts.address_book_full"
    title = "Address book is full"
    status = 409


@dataclass(frozen=True, slots=True)
class RefreshTokenReused(Event):
    """A refresh token was used a second time, so its session is ended: perhaps somebody has stolen it."""

    name: ClassVar[str] = "accounts.refresh_token_reused.v1"
    user_id: UUID
    session_id: UUID
    email: str
    language: str
    device: str
    reused_at: datetime


class WrongCredentials(DomainError):
    """The same answer for an unknown address, a wrong password, and an account that is blocked or not verified."""

    code = "accounts.wrong_credentials"
    title = "Wrong address or password"
    status = 401


class LockedOut(DomainError):
    """So many failures that even the right password has to wait. Says nothing of whether the account exists."""

    code = "accounts.locked_out"
    title = "Too many failed logins"
    status = 429


class TooBusy(DomainError):
    """More passwords than this process checks at a time: come back in a moment."""

    code = "accounts.too_busy"
    title = "Too many logins at this moment"
    status = 503


class SessionOver(DomainError):
    """The refresh token is unknown, used up, or its session is over: log in again."""

    code = "accounts.session_over"
    title = "Log in again"
    status = 401


class SessionNotFound(DomainError):
    """Absent, over, or another person's: all look the same."""

    code = "accounts.session_not_found"
    title = "No such session"
    status = 404


class StaffAccount(DomainError):
    """An account with roles cannot be erased: an admin takes them first."""

    code = "accounts.staff_account"
    title = "Account of staff"
    status = 409


class PersonNotFound(DomainError):
    """Nobody has this id, or they are of the other kind: customers are not staff."""

    code = "accounts.person_not_found"
    title = "Nobody there"
    status = 404


class RoleBeyondYours(DomainError):
    """Nobody gives or takes what they may not do themselves (params: roles)."""

    code = "accounts.role_beyond_yours"
    title = "Role is beyond yours"
    status = 403


class LastAdmin(DomainError):
    """Without this person nobody could give roles any more: make another admin first."""

    code = "accounts.last_admin"
    title = "Last admin"
    status = 409


class InvitationNotFound(DomainError):
    """No invitation has this id."""

    code = "accounts.invitation_not_found"
    title = "No such invitation"
    status = 404


class InvitationClosed(DomainError):
    """The invitation was accepted and cannot be taken back: take the roles instead."""

    code = "accounts.invitation_closed"
    title = "Invitation was accepted"
    status = 409
