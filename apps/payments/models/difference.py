"""Where our books and the provider's, or our books and our rows, do not say the same."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.payments.rules import DifferenceKind
from shop import clock


class Difference(models.Model):
    """Found by a check; open until a later check finds it gone. Its key is made of what it is about."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    kind = models.CharField(max_length=24, choices=[(kind.value, kind.value) for kind in DifferenceKind])
    order_id = models.UUIDField(null=True, blank=True)
    reference = models.CharField(max_length=255, blank=True, default="")
    """The provider's id of what it is about."""
    detail = models.CharField(max_length=500)
    first_found = models.DateTimeField(default=clock.now)
    last_found = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["order_id"], name="payments_difference_of_order"),
            models.Index(fields=["-last_found", "-id"], name="payments_difference_newest"),
            models.Index(fields=["resolved_at", "-last_found", "-id"], name="payments_difference_open"),
        ]

    def __str__(self) -> str:
        return self.detail
