"""Forget sessions that ended long ago, by themselves or by somebody."""

from __future__ import annotations

from datetime import timedelta

from apps.accounts.models import Session
from shop import clock
from shop.db import transact

KEEP = timedelta(days=7)
"""So long an ended session can be looked up when its owner asks what happened."""


def purge_sessions(*, limit: int) -> int:
    """At most `limit` of them, the oldest first; answers how many."""
    past = Session.objects.filter(ends_at__lt=clock.now() - KEEP).order_by("ends_at")
    old = list(past.values_list("pk", flat=True)[:limit])
    return transact("accounts", lambda: Session.objects.filter(pk__in=old).delete()[0]) if old else 0
