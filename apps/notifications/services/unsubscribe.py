"""End the mails of one topic for whoever holds a link out of one of them."""

from __future__ import annotations

from apps.notifications.models import Reader
from apps.notifications.rules import Channel, normal, topic_of

from .change_preferences import change_preferences
from .links import message_behind


def unsubscribe(token: str) -> Reader:
    """Repeating it changes nothing. Raises LinkNotValid, MandatoryTopic."""
    message = message_behind(token)
    assert message.reader_id is not None  # or the link would not be valid
    choices = {(topic_of(message.kind), Channel.MAIL): False}
    return change_preferences(message.reader_id, choices, actor=f"mail:{message.pk}", email=normal(message.recipient))
