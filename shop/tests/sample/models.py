"""Tables of the test context."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    id = models.CharField(primary_key=True, db_column="_id", max_length=50)
    value = models.IntegerField(default=0)
    limit = models.IntegerField(default=1000)

    def __str__(self) -> str:
        return self.id
