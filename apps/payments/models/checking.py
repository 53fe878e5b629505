"""How far the books were checked, and what each comparison with the provider came to."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from shop import clock


class RunState(StrEnum):
    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReconciliationRun(models.Model):
    """One comparison with the provider: asked for by somebody or by the calendar, done by a worker."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    state = models.CharField(
        max_length=8, choices=[(item.value, item.value) for item in RunState], default=RunState.ASKED.value
    )
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField(default=clock.now)
    due = models.DateTimeField(default=clock.now)
    """While it runs: the end of its worker's lease."""
    since = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    found = models.PositiveIntegerField(default=0)
    """How much differed, known before or not."""
    news = models.PositiveIntegerField(default=0)
    """How much of it was not known, or is gone."""
    differences = models.JSONField(default=list, blank=True)
    """What differed then, as it was told; the first ones if there are many."""
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "due"], name="payments_run_due"),
            models.Index(fields=["-asked_at", "-id"], name="payments_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}: {self.state}"


class BooksCheckpoint(models.Model):
    """The totals of all entries written before `until`: what comes later is added, nothing is read twice."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    until = models.DateTimeField()
    totals = models.JSONField(default=dict)
    """Currency to account to minor units."""
    entries = models.BigIntegerField(default=0)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-until", "-id"], name="payments_books_until")]

    def __str__(self) -> str:
        return f"Books until {self.until:%Y-%m-%d %H:%M}"
