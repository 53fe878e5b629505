"""Reads of the test context."""

from __future__ import annotations

from shop.money import Money

from .contracts import Count
from .models import Counter


def get_count(*, name: str) -> Count:
    row = Counter.objects.filter(pk=name).first()
    value = row.value if row else 0
    return Count(name, value, Money(value, "EUR"))
