"""Jobs of cart."""

from __future__ import annotations

from datetime import timedelta

from shop.jobs import job

from .services import expire_carts as expiring

BATCH = 100
"""Carts of one transaction; each has some dozens of lines at most."""


@job(every=timedelta(minutes=10), batch=BATCH)
def expire_carts() -> int:
    """Forget carts that nobody has touched for their lifetime; answers how many."""
    return expiring.expire_carts(limit=BATCH)
