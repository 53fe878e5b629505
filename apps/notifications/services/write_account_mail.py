"""Write the mail of one fact about an account, in the transaction of the event that told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from apps.notifications.models import Message
from apps.notifications.rules import LINK, Channel, Kind, account_message_id, guest_id
from shop.faults import fault

from .render import render_mail


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the shop's front end that takes a token, until the token has ended."""

    page: str
    token: str
    expires_at: datetime

    @property
    def address(self) -> str:
        """What is to be followed."""
        return f"{settings.SHOP_FRONTEND_URL}/account/{self.page}?{urlencode({'token': self.token})}"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom it is about, and where they read; our own copy, from the event."""

    about: UUID
    email: str
    language: str
    account: UUID | None = None
    """Whose account it is, to be forgotten with it wherever they read; a stranger has none."""
    chooses: bool = False
    """Whether they may refuse what is told: what is about an account they may not."""


def write_account_mail(
    kind: Kind, to: Reader, at: datetime, *, link: Link | None = None, facts: Mapping[str, Any] | None = None
) -> int:
    """One row per fact and recipient, unless it is there. The link stands apart from the texts until it is sent."""
    key = account_message_id(to.about, kind, to.email, at)
    if Message.objects.filter(pk=key).exists():
        return 0
    message = Message(id=key, kind=kind, channel=Channel.MAIL, recipient=to.email, language=to.language)
    message.account_id = to.account
    if to.chooses:
        message.reader_id = guest_id(to.email)
    if link is not None:
        message.secret, message.expires_at = link.address, link.expires_at
    context = {"link": LINK, "email": to.email, "at": at, "shop_url": settings.SHOP_PUBLIC_URL, **(facts or {})}
    render_mail(message, context)
    message.save(force_insert=True)
    fault(f"notifications.{kind}.written")
    return 1
