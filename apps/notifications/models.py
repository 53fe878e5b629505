"""Every message that we send, written before it is sent; each try; who must not be written to; what readers want."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from shop import clock

from .rules import LAST_ATTEMPT, Channel, Kind, Outcome, Status, SuppressionReason


class Message(models.Model):
    """One message to one recipient; its key is made of what it is about, its kind, its channel and the recipient."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.value) for kind in Kind])
    channel = models.CharField(max_length=8, choices=[(channel.value, channel.value) for channel in Channel])
    recipient = models.CharField(max_length=254, blank=True)
    """Empty once the person behind it is erased."""
    reader_id = models.UUIDField(null=True, blank=True)
    """Whose preferences count: a customer's own id, or one made of a guest's address. Staff and strangers have none."""
    account_id = models.UUIDField(null=True, blank=True)
    """Whose account it tells of, whichever of their addresses it went to; null for what is not about an account."""
    language = models.CharField(max_length=12, default="en")
    subject = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True)
    html = models.TextField(blank=True, default="")
    secret = models.CharField(max_length=1000, blank=True, default="")
    """The link that stands in the texts as a placeholder; empty again once the message is sent or dead."""
    expires_at = models.DateTimeField(null=True, blank=True)
    """After this its link is worth nothing, so it is not sent. Only a message with a link has it."""
    order_id = models.UUIDField(null=True, blank=True, db_index=True)
    order_number = models.CharField(max_length=32, blank=True, default="")
    status = models.CharField(
        max_length=12, choices=[(status.value, status.value) for status in Status], default=Status.PENDING.value
    )
    attempts = models.PositiveIntegerField(default=0)
    last_attempt = models.PositiveIntegerField(default=LAST_ATTEMPT)
    """When so many have failed it is dead; staff who have it sent again give it as many more."""
    round = models.PositiveIntegerField(default=0)
    """How often staff had it sent again."""
    asked_by = models.CharField(max_length=80, blank=True, default="")
    """Who wants the present round: empty for the first, which the event wants."""
    forget = models.BooleanField(default=False)
    """Its person is erased meanwhile: blank it as soon as it is sent or dead."""
    due = models.DateTimeField(default=clock.now)
    last_error = models.CharField(max_length=500, blank=True, default="")
    provider_reference = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "due"], name="notifications_message_due"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["recipient", "-created_at", "-id"], name="message_to"),
            models.Index(fields=["order_number", "-created_at", "-id"], name="message_of_order"),
            models.Index(fields=["status", "-created_at", "-id"], name="message_status_created"),
            models.Index(fields=["kind", "-created_at", "-id"], name="message_kind_created"),
            models.Index(fields=["reader_id"], name="message_reader"),
            models.Index(fields=["account_id"], name="message_account"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} to {self.recipient or 'somebody erased'}: {self.status}"


class Attempt(models.Model):
    """One try to send a message, written before it: one without an end has an unknown outcome."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    round = models.PositiveIntegerField(default=0)
    asked_by = models.CharField(max_length=80, blank=True, default="")
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(
        max_length=12, choices=[(outcome.value, outcome.value) for outcome in Outcome], default=Outcome.OPEN.value
    )
    error = models.CharField(max_length=500, blank=True, default="")
    reference = models.CharField(max_length=255, blank=True, default="")
    """The carrier's own id of what it took."""
    delivery = models.CharField(max_length=20, blank=True, default="")
    """What the carrier said last of its way: its own word, which never goes backwards."""
    delivery_rank = models.PositiveSmallIntegerField(default=0)
    delivery_error = models.CharField(max_length=200, blank=True, default="")
    delivery_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["message", "number"], name="attempt_of_message"),
            models.Index(fields=["reference"], name="attempt_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"


class News(models.Model):
    """One thing that a carrier told of one attempt, as it came; told twice it is one row."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="news")
    attempt = models.PositiveIntegerField()
    """The number of it."""
    word = models.CharField(max_length=20)
    error = models.CharField(max_length=200, blank=True, default="")
    told_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["message", "told_at", "id"], name="news_of_message")]

    def __str__(self) -> str:
        return f"{self.attempt}: {self.word} {self.error}".strip()


class Suppression(models.Model):
    """An address that nothing is sent to any more, until staff release it; its key is made of channel and address."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    channel = models.CharField(max_length=8, choices=[(channel.value, channel.value) for channel in Channel])
    address = models.CharField(max_length=254)
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=12, choices=[(reason.value, reason.value) for reason in SuppressionReason])
    detail = models.CharField(max_length=500, blank=True, default="")
    message_id = models.UUIDField(null=True, blank=True)
    """What could not be delivered."""
    since = models.DateTimeField(default=clock.now)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-since", "-id"], name="suppression_newest"),
            models.Index(fields=["active", "-since", "-id"], name="suppression_active"),
            models.Index(fields=["address", "-since", "-id"], name="suppression_address"),
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}" + ("" if self.active else ", released")


class Reader(models.Model):
    """Our own copy of how somebody is reached and what they want to hear: a customer, or a guest by their address."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    customer = models.BooleanField(default=False)
    email = models.CharField(max_length=254, blank=True, default="")
    verified = models.BooleanField(default=False)
    """Whether accounts says that the address is theirs: only then are its messages theirs too."""
    language = models.CharField(max_length=12, blank=True, default="")
    unwanted = models.JSONField(default=list, blank=True)
    """What they have turned off, as "shipping/sms"."""
    revision = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(default=clock.now)
    changed_by = models.CharField(max_length=80, blank=True, default="")
    """Who changed the preferences last: `user:<id>`, or the link in a mail."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["email", "verified"], name="reader_email")]

    def __str__(self) -> str:
        return self.email or str(self.pk)
