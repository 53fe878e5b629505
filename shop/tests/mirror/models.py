"""Tables of the listening test context."""

from __future__ import annotations

from django.db import models

from shop.ids import uuid7


class Seen(models.Model):
    id = models.UUIDField(primary_key=True, db_column="_id", default=uuid7)
    handler = models.CharField(max_length=20)
    counter = models.CharField(max_length=50)
    value = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.handler} {self.counter} {self.value}"
