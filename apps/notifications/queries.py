"""Reads of notifications."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from .contracts import MessageNotFound, SuppressionNotFound
from .models import Attempt, Message, News, Reader, Suppression
from .rules import CHANNELS, Channel, Topic, guest_id, is_mandatory, normal, suppression_id, topic_of

SHORT = ("text", "html", "secret")
"""What lists do not read."""


def find_reader(*, customer_id: UUID | None, email: str) -> Reader:
    """Whose preferences count for an order: its customer's, the verified owner's of its address, or the guest's.

    One that is not kept yet has no choices made.
    """
    if customer_id is not None:
        return Reader.objects.filter(pk=customer_id).first() or Reader(id=customer_id, customer=True)
    owner = Reader.objects.filter(email=normal(email), verified=True).first()
    return owner or get_reader(guest_id(email))


def get_reader(reader_id: UUID) -> Reader:
    """As kept, or one that has made no choice."""
    return Reader.objects.filter(pk=reader_id).first() or Reader(id=reader_id)


def wants(reader: Reader, topic: Topic, channel: Channel) -> bool:
    """Whether they are told of it this way."""
    return is_mandatory(topic, channel) or f"{topic}/{channel}" not in reader.unwanted


def reason_not_to_send(message: Message) -> str:
    """Why it must not be sent after all, "" if it may be: the address is suppressed, or its reader does not want it."""
    channel, topic = Channel(message.channel), topic_of(message.kind)
    key = suppression_id(channel, message.recipient)
    suppressed = Suppression.objects.filter(pk=key, active=True).values_list("reason", flat=True).first()
    if suppressed:
        return f"The address is suppressed: {suppressed.replace('_', ' ')}."
    if message.reader_id is None or is_mandatory(topic, channel):
        return ""
    if wants(get_reader(message.reader_id), topic, channel):
        return ""
    return f"Its reader does not want {topic.replace('_', ' ')} by {channel}."


def choices_of(reader: Reader) -> dict[str, dict[str, dict[str, bool]]]:
    """Every topic and channel: whether it is wanted, and whether that can be chosen."""
    return {
        topic.value: {
            channel.value: {"wanted": wants(reader, topic, channel), "mandatory": is_mandatory(topic, channel)}
            for channel in channels
        }
        for topic, channels in CHANNELS.items()
    }


def all_messages(**wanted: str) -> QuerySet[Message]:
    """For staff: those with these values, without their texts."""
    return Message.objects.filter(**wanted).defer(*SHORT)


def get_message(message_id: UUID) -> Message:
    """With its text; its link is nobody's business."""
    message = Message.objects.filter(pk=message_id).defer("secret").first()
    if message is None:
        raise MessageNotFound("There is no message with this id.")
    return message


def attempts_of(message_id: UUID) -> list[Attempt]:
    """Oldest first."""
    return list(Attempt.objects.filter(message_id=message_id).order_by("number"))


def news_of(message_id: UUID) -> list[News]:
    """What carriers told of it, as it came."""
    return list(News.objects.filter(message_id=message_id).order_by("told_at", "id"))


def all_suppressions(**wanted: str | bool) -> QuerySet[Suppression]:
    """For staff."""
    return Suppression.objects.filter(**wanted)


def get_suppression(suppression_id: UUID) -> Suppression:
    """Active or released."""
    found = Suppression.objects.filter(pk=suppression_id).first()
    if found is None:
        raise SuppressionNotFound("Nothing is suppressed under this id.")
    return found
