"""One look at the database connections per request instead of Django's three, which add up over seven aliases."""

from __future__ import annotations

from django.core.signals import request_started
from django.db import close_old_connections, reset_queries


def check_connections_once() -> None:
    """Leave broken connections to the look at a request's end; queries are listed in DEBUG only, which is off."""
    request_started.disconnect(close_old_connections)
    request_started.disconnect(reset_queries)
