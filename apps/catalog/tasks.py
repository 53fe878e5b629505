"""Periodic work of catalog. Each is a safety net or a clock, so none is urgent."""

from __future__ import annotations

from datetime import timedelta

from shop.beside import beside
from shop.jobs import job

from .services import expire_holds as holds
from .services import remove_stray_files as stray
from .services import ripples
from .services import save_location as locations
from .services import watch_stock as watch
from .services.index_products import follower, forget_departed
from .services.make_renditions import make_due_renditions
from .services.render_product import render_due_products

BATCH = 100
PICTURES = 5
"""Pictures of one go: each takes up to some seconds."""


@beside(every=timedelta(milliseconds=400))
def follow_catalog() -> None:
    """Keep the search index of this machine, and what this process has read of it, up to date."""
    follower().step()


@job(every=timedelta(hours=1), batch=BATCH)
def purge_departed() -> int:
    """Forget products that were removed long ago: every index has followed."""
    return forget_departed(limit=BATCH)


@job(every=timedelta(seconds=30), batch=BATCH)
def expire_holds() -> int:
    """Give back the stock of holds that their orders forgot."""
    return holds.expire_holds(limit=BATCH)


@job(every=timedelta(seconds=5), batch=BATCH)
def render_due() -> int:
    """Render products whose prices started or ended."""
    return render_due_products(limit=BATCH)


@job(every=timedelta(seconds=5))
def watch_stock() -> int:
    """Tell of SKUs that fell to their threshold, or rose above it, by what is new in the ledger."""
    return watch.watch_stock()


@job(every=timedelta(seconds=15))
def walk_stock() -> int:
    """Look at the next SKUs, for what no movement tells of: another threshold, a product that came on sale."""
    return watch.walk_stock(limit=10 * BATCH)


@job(every=timedelta(seconds=10), batch=locations.BATCH)
def settle_locations() -> int:
    """Let the stock of closed and opened locations follow, where a request could not do it all."""
    return locations.settle_locations()


@job(every=timedelta(seconds=5), batch=1)
def follow_ripples() -> int:
    """Render the products of a category, brand, tag or type that changed; woken by the change."""
    return ripples.follow_ripples(limit=BATCH)


@job(every=timedelta(seconds=2), batch=PICTURES)
def make_renditions() -> int:
    """Make the sizes of new pictures, and try again where that failed."""
    return make_due_renditions(limit=PICTURES)


@job(every=timedelta(seconds=30), batch=BATCH)
def remove_stray_files() -> int:
    """Remove the files of pictures that are gone, and what a crash left in the storage."""
    return stray.remove_stray_files(limit=BATCH)
