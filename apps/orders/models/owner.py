"""Whose orders are claimed, and let go again."""

from __future__ import annotations

from django.db import models

from shop import clock


class Owner(models.Model):
    """A customer whose address is verified, and what is still to be done with the orders of that address."""

    class Task(models.TextChoices):
        NONE = "none"
        CLAIM = "claim"
        LET_GO = "let_go"

    user_id = models.UUIDField(primary_key=True, db_column="_id")
    email = models.EmailField(max_length=254, db_index=True, blank=True)
    """In one spelling; empty once the account is erased."""
    task = models.CharField(max_length=10, choices=Task.choices, default=Task.CLAIM)
    since = models.DateTimeField(default=clock.now)
    due = models.DateTimeField(null=True, blank=True, db_index=True, default=clock.now)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.task}"
