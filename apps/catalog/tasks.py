"""Periodic work of catalog. Each is a safety net or a clock, so none is urgent."""

from __future__ import annotations

from datetime import timedelta

from shop.jobs import job

from .services import expire_holds as holds
from .services.render_product import render_due_products

BATCH = 100


@job(every=timedelta(seconds=30), batch=BATCH)
def expire_holds() -> int:
    """Give back the stock of holds that their orders forgot."""
    return holds.expire_holds(limit=BATCH)


@job(every=timedelta(seconds=5), batch=BATCH)
def render_due() -> int:
    """Render products whose prices started or ended, or whose category changed."""
    return render_due_products(limit=BATCH)
