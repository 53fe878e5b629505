"""Write the messages of one fact, in the transaction of the event that told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.notifications.models import Message, Reader
from apps.notifications.providers import has_sms
from apps.notifications.queries import find_reader
from apps.notifications.rules import Channel, Kind, message_id
from shop.faults import fault

from .render import render_mail, render_sms


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the buyer of one order is reached; our own copy, from the event."""

    order_id: UUID
    order_number: str
    customer_id: UUID | None
    email: str
    phone: str
    about: UUID
    """What happened once: the order, or one of its parcels, refunds, returns, declined attempts."""
    erased: bool = False
    """The buyer's account is gone: they are still told, and no trace of it stays."""


def write_messages(kind: Kind, to: Contact, facts: Mapping[str, Any]) -> int:
    """One row per channel and recipient, unless it is there, in the reader's language. Nothing is sent here."""
    written, reader = 0, None
    for channel, recipient in _channels(to):
        key = message_id(to.about, kind, channel, recipient)
        if Message.objects.filter(pk=key).exists():
            continue
        reader = reader or find_reader(customer_id=to.customer_id, email=to.email)
        context = {"number": to.order_number, "shop_url": settings.SHOP_PUBLIC_URL, **facts}
        message = Message(id=key, kind=kind, channel=channel, recipient=recipient)
        _fill(message, to, reader, context).save(force_insert=True)
        written += 1
    fault(f"notifications.{kind}.written")
    return written


def _channels(to: Contact) -> list[tuple[Channel, str]]:
    channels = []
    if to.email:
        channels.append((Channel.MAIL, to.email))
    if to.phone and has_sms():
        channels.append((Channel.SMS, to.phone))
    return channels


def _fill(message: Message, to: Contact, reader: Reader, context: Mapping[str, Any]) -> Message:
    message.order_id, message.order_number = to.order_id, to.order_number
    message.forget = to.erased
    message.reader_id, message.language = reader.pk, reader.language or "en"
    if message.channel == Channel.SMS:
        render_sms(message, context)
    else:
        render_mail(message, context)
    return message
