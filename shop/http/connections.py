"""One look at the database connections per request instead of Django's four walks over all aliases and caches."""

from __future__ import annotations

from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries

from shop.db.transactions import opened_connections


def check_connections_once() -> None:
    """Leave broken connections to the look at a request's end; queries are listed in DEBUG only, which is off.

    Our cache keeps its connections in a pool, so there is nothing to close.
    """
    request_started.disconnect(close_old_connections)
    request_started.disconnect(reset_queries)
    request_finished.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)
    request_finished.connect(close_broken, dispatch_uid="shop.http.connections")


def close_broken(**_: object) -> None:
    """What Django does, for the connections that this thread has opened: the others need no look."""
    for connection in opened_connections():
        connection.close_if_unusable_or_obsolete()
