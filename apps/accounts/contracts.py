"""What accounts says to others. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shop.errors import DomainError, FieldError
from shop.events import Event


@dataclass(frozen=True, slots=True)
class StaffInvited(Event):
    """Somebody is offered roles; `token` opens the offer once, until `expires_at`. Only the mail may hold it."""

    name: ClassVar[str] = "accounts.staff_invited.v1"
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


class TokenNotValid(DomainError):
    """Unknown, used, replaced by a newer one, or too old: which of them is nobody's business."""

    code = "accounts.token_not_valid"
    title = "Token not valid"
    status = 422

    def __init__(self) -> None:
        detail = "This link does not work any more. Ask for a new one."
        super().__init__(detail, errors=(FieldError("/token", "not_valid", detail),))
