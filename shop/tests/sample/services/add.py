"""Add to a counter and tell."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from shop.events import publish
from shop.tests.sample.contracts import Count, Counted, TooMuch
from shop.tests.sample.models import Counter
from shop.tests.sample.queries import get_count


def add(*, key: UUID, name: str, amount: int = 1) -> Count:
    rows = Counter.objects.filter(pk=name, value__lte=F("limit") - amount)
    if not rows.update(value=F("value") + amount):
        raise TooMuch(f"{name} is full.", left=0)
    count = get_count(name=name)
    publish(Counted(name, count.value), key=name)
    return count
