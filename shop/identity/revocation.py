"""Sessions that were ended while their access tokens live: every context knows of them within seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings

from shop import clock
from shop.db import alias
from shop.db.router import FRAMEWORK_HOME as ACCOUNTS
from shop.events import HANDLERS, consumes
from shop.events.declare import Handler
from shop.models import RevokedSession

from .events import SessionsRevoked
from .tokens import LIFE

KEEP = LIFE * 3
"""A row is of no use once the session's last token has expired; the rest is for late events and bad clocks."""
LOOK_SECONDS = 1.0
OVERLAP = clock.SKEW + timedelta(seconds=30)
"""How late a row may appear by its own time, for a slow transaction and another machine's clock: it is read again."""


class _Known:
    """What this process knows. Read in parts: a look costs what was revoked lately, not all that is kept."""

    lock: ClassVar = threading.Lock()
    looked_at: ClassVar[float] = float("-inf")
    since: ClassVar[datetime | None] = None
    until: ClassVar[dict[UUID, datetime]] = {}


def is_revoked(session_id: UUID) -> bool:
    """Whether this session was ended. A look into memory; the database is asked about once a second."""
    if time.monotonic() - _Known.looked_at >= LOOK_SECONDS:
        _look()
    return session_id in _Known.until


def forget() -> None:
    """Ask the database at the next question."""
    _Known.looked_at = float("-inf")


def record_revoked(context: str, session_ids: Iterable[UUID]) -> None:
    """Write the rows that are not there yet, in the open transaction of `context`."""
    rows, wanted = RevokedSession.objects.using(alias(context)), set(session_ids)
    known = set(rows.filter(pk__in=wanted).values_list("pk", flat=True))
    rows.bulk_create(RevokedSession(id=one) for one in sorted(wanted - known))


def add_kernel_subscriber(context: str) -> None:
    """`context` listens to ended sessions. Accounts does not: it writes its own row when it ends one."""
    if context == ACCOUNTS:
        return
    consumes(context, SessionsRevoked)
    if context in settings.SHOP_CONTEXTS:

        def remember(event: SessionsRevoked) -> None:
            record_revoked(context, event.session_ids)

        HANDLERS[context, SessionsRevoked.name] = [Handler(f"{context}.remember_revoked", context, remember)]


def _look() -> None:
    """One thread asks, the others go on with what is known; only the very first look is waited for."""
    if not _Known.lock.acquire(blocking=_Known.since is None):
        return
    try:
        at = clock.now()
        afresh = _Known.since is None or _Known.since > at  # a clock that was put back
        since = at - KEEP if afresh or _Known.since is None else _Known.since - OVERLAP
        rows = RevokedSession.objects.using(alias(settings.SHOP_CONTEXTS[0])).filter(created_at__gt=since)
        found = {pk: created_at + KEEP for pk, created_at in rows.values_list("pk", "created_at")}
        _Known.until = {pk: end for pk, end in {**_Known.until, **found}.items() if end > at}
        _Known.since, _Known.looked_at = at, time.monotonic()
    finally:
        _Known.lock.release()
