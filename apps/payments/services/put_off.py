"""The provider is busy: a row that waits for it is looked at no sooner than it said."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from shop import clock
from shop.db import transact
from shop.errors import Busy

logger = logging.getLogger(__name__)


def put_off(claimed: QuerySet[Any, Any], busy: Busy) -> None:
    """`claimed` is the row as its claim left it: a due time that is later already, or another's, stays."""
    until = clock.now() + timedelta(seconds=busy.retry_after)
    rows = claimed.filter(due__lt=until)
    transact("payments", lambda: rows.update(due=until))
    logger.warning("The provider is busy for %.0f s: %s", busy.retry_after, busy)
