"""Bodies and answers of notifications."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.notifications.rules import CHANNELS, Channel, Kind, Outcome, Status, SuppressionReason, Topic
from apps.notifications.services.change_preferences import Choices
from apps.notifications.services.take_mail_news import WORDS, MailNews
from shop.errors import FieldError, Invalid
from shop.http.schema import example
from shop.http.serializers import Body, TrueOrFalse, page_of

from .examples import ATTEMPT, DETAIL, MESSAGE, NEWS, PREFERENCES, SUPPRESSION, TOLD


def _values(of: Any) -> list[str]:
    return [one.value for one in of]


@example({})
class NothingBody(Body):
    """An empty object, or no body at all."""


@example(MESSAGE)
class MessageAnswer(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_message`."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=_values(Kind))
    topic = serializers.ChoiceField(choices=_values(Topic))
    channel = serializers.ChoiceField(choices=_values(Channel))
    recipient = serializers.CharField(help_text="Empty once the person behind it is erased.")
    order_number = serializers.CharField()
    status = serializers.ChoiceField(choices=_values(Status))
    attempts = serializers.IntegerField()
    last_error = serializers.CharField()
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)


MessagePage = page_of(MessageAnswer)


@example(ATTEMPT)
class AttemptAnswer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=_values(Outcome))
    error = serializers.CharField()
    asked_by = serializers.CharField(help_text="Who of staff had it sent again; empty for the first time.")
    delivery = serializers.CharField(help_text="The carrier's own word.")
    delivery_error = serializers.CharField()
    delivery_at = serializers.DateTimeField(allow_null=True)


@example(TOLD)
class NewsAnswer(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(help_text="The number of the try.")
    word = serializers.CharField(help_text="The carrier's own.")
    error = serializers.CharField()
    told_at = serializers.DateTimeField()


@example(DETAIL)
class MessageDetailAnswer(MessageAnswer):
    language = serializers.CharField()
    subject = serializers.CharField()
    text = serializers.CharField(help_text="Links that hold a token are left out.")
    tries = AttemptAnswer(many=True)
    news = NewsAnswer(many=True, help_text="What the carrier told, as it came, also what was out of order.")


@example(SUPPRESSION)
class SuppressionAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    channel = serializers.ChoiceField(choices=_values(Channel))
    address = serializers.CharField()
    reason = serializers.ChoiceField(choices=_values(SuppressionReason))
    detail = serializers.CharField()
    active = serializers.BooleanField()
    since = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)
    released_by = serializers.CharField()


SuppressionPage = page_of(SuppressionAnswer)


@example(PREFERENCES)
class PreferencesAnswer(serializers.Serializer[Any]):
    topics = serializers.DictField(
        child=serializers.DictField(child=serializers.DictField(child=serializers.BooleanField())),
        help_text="topic -> channel -> whether it is wanted, and whether it is told in any case.",
    )


@example({"topics": {"shipping": {"sms": False}}})
class PreferencesBody(Body):
    topics = serializers.DictField(
        child=serializers.DictField(child=TrueOrFalse()),
        help_text="topic -> channel -> wanted. What is not named stays.",
    )

    def choices(self) -> Choices:
        """What `change_preferences` takes; every name that is none of ours is told by its pointer."""
        found: dict[tuple[Topic, Channel], bool] = {}
        wrong: list[FieldError] = []
        for topic, channels in self.checked()["topics"].items():
            if topic not in set(Topic):
                known = ", ".join(Topic)
                wrong.append(FieldError(f"/topics/{_escaped(topic)}", "unknown_topic", f"One of {known}."))
                continue
            used = CHANNELS[Topic(topic)]
            for channel, wanted in channels.items():
                if channel not in used:
                    at = f"/topics/{topic}/{_escaped(channel)}"
                    wrong.append(FieldError(at, "unknown_channel", f"One of {', '.join(used)}."))
                else:
                    found[Topic(topic), Channel(channel)] = wanted
        if wrong:
            raise Invalid(errors=tuple(wrong))
        return found


def _escaped(name: str) -> str:
    """As RFC 6901 writes it."""
    return name.replace("~", "~0").replace("/", "~1")


class MailEventBody(Body):
    type = serializers.ChoiceField(choices=list(WORDS))
    recipient = serializers.EmailField(max_length=254)
    permanent = serializers.BooleanField(required=False, default=False, help_text="Of a bounce: it will not do again.")
    message_id = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    detail = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


@example(NEWS)
class MailNewsBody(Body):
    events = MailEventBody(many=True)

    def validate_events(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Not more than one answer should take."""
        if len(events) > 1000:
            raise serializers.ValidationError("At most 1000 at a time.", "too_many")
        return events

    def news(self) -> list[MailNews]:
        """What `take_mail_news` takes."""
        return [MailNews(**event) for event in self.checked()["events"]]


@example({"received": True})
class ReceivedAnswer(serializers.Serializer[Any]):
    received = serializers.BooleanField()
