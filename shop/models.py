"""The kernel's tables. They exist in every context's database; each use names it: `.using(alias(context))`."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from django.db import models

from shop.clock import now
from shop.ids import uuid7

STATE_NEW, STATE_DEAD = "new", "dead"


class OutboxRow(models.Model):
    """One event on its way to one destination context; gone when that has accepted it."""

    KEY_LENGTH: ClassVar = 100

    id = models.UUIDField(primary_key=True, db_column="_id", default=uuid7, editable=False)
    event_id = models.UUIDField()
    name = models.CharField(max_length=100)
    destination = models.CharField(max_length=32)
    key = models.CharField(max_length=KEY_LENGTH)
    payload = models.TextField()
    trace_id = models.CharField(max_length=64, default="", blank=True)
    state = models.CharField(max_length=8, default=STATE_NEW)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    claim = models.UUIDField(null=True, blank=True)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at", "id"], name="shop_outbox_due"),
            models.Index(fields=["key", "destination", "state", "id"], name="shop_outbox_lane"),
        ]
        verbose_name_plural = "events and jobs"

    def __str__(self) -> str:
        return f"{self.name} to {self.destination}"


class InboxRow(models.Model):
    """One handler has had one event. Its key is what makes the effect happen once."""

    id = models.CharField(primary_key=True, db_column="_id", max_length=160)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="shop_inbox_age")]

    def __str__(self) -> str:
        return self.id


class CommandRecord(models.Model):
    """One command has happened: with these arguments, answered by this."""

    id = models.CharField(primary_key=True, db_column="_id", max_length=200)
    arguments = models.CharField(max_length=64)
    answer = models.TextField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="shop_command_age")]

    def __str__(self) -> str:
        return self.id

    @staticmethod
    def id_of(port: str, key: str) -> str:
        """One row per port and key; a long key is kept as its hash."""
        return f"{port}|{key}" if len(key) <= 100 else f"{port}|{hashlib.sha256(key.encode()).hexdigest()}"


class IdempotencyKey(models.Model):
    """One Idempotency-Key of one caller: claimed while the request runs, then its stored answer."""

    id = models.CharField(primary_key=True, db_column="_id", max_length=64)
    caller = models.CharField(max_length=100)
    endpoint = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    operation_id = models.UUIDField(default=uuid7)
    state = models.CharField(max_length=8, default="running")
    lease_until = models.DateTimeField(default=now)
    status = models.IntegerField(default=0)
    """Of the answer; 0 while nobody has been answered. One that is running has it when the answer said "try again"."""
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="shop_idempotency_age")]

    def __str__(self) -> str:
        return f"{self.endpoint} of {self.caller}"


class ScheduleRun(models.Model):
    """When a periodic job last ran. Claimed by compare-and-set, so two schedulers do no harm."""

    id = models.CharField(primary_key=True, db_column="_id", max_length=100)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.IntegerField(default=0)
    error = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.id


class RevokedSession(models.Model):
    """A session that was ended while access tokens of it may live; kept until they have expired."""

    id = models.UUIDField(primary_key=True, db_column="_id")
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at"], name="shop_revoked_age")]

    def __str__(self) -> str:
        return str(self.pk)
