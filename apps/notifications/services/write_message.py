"""Write the messages of one fact, in the transaction of the event that told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from apps.notifications.models import Message
from apps.notifications.providers import has_sms
from apps.notifications.rules import Channel, Kind, message_id
from shop.faults import fault


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the buyer of one order is reached; our own copy, from the event."""

    order_id: UUID
    order_number: str
    email: str
    phone: str
    about: UUID | None = None
    """Of news that an order has several times: the parcel or the refund it tells of."""


def write_messages(kind: Kind, to: Contact, facts: Mapping[str, Any]) -> int:
    """One row per channel that reaches the buyer, unless it is there. Nothing is sent here."""
    written = 0
    for channel, recipient in _channels(to):
        key = message_id(to.about or to.order_id, kind, channel)
        if not Message.objects.filter(pk=key).exists():
            _new(key, kind, channel, recipient, to, facts).save(force_insert=True)
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


def _new(key: UUID, kind: Kind, channel: Channel, recipient: str, to: Contact, facts: Mapping[str, Any]) -> Message:
    context = {"number": to.order_number, "shop_url": settings.SHOP_PUBLIC_URL, **facts}
    message = Message(
        id=key,
        kind=kind,
        channel=channel,
        recipient=recipient,
        order_id=to.order_id,
        order_number=to.order_number,
    )
    if channel is Channel.SMS:
        message.text = _render(message, "sms.txt", context)
    else:
        render_mail(message, context)
    return message


def render_mail(message: Message, context: dict[str, Any]) -> None:
    """Subject, text and HTML of its kind, in its language where there are templates of it."""
    # A subject is one line: a line break would end the header.
    message.subject = " ".join(_render(message, "subject.txt", context).split())[:200]
    message.text = _render(message, "txt", context) + "\n"
    message.html = _render(message, "html", context)


def _render(message: Message, form: str, context: dict[str, Any]) -> str:
    """`notifications/de/<kind>.<form>` for "de" and "de-AT", else the English one."""
    name, language = f"{message.kind}.{form}", message.language.partition("-")[0]
    return render_to_string([f"notifications/{language}/{name}", f"notifications/{name}"], context).strip()
