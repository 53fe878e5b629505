"""Use case: files that no picture owns leave the storage."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.storage import default_storage

from apps.catalog.models import Picture, StrayFile
from shop.clock import now
from shop.db import transact
from shop.db.transactions import forbid_transaction

from .remove_picture import names_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=1)


def remove_stray_files(*, limit: int) -> int:
    """Those that are due, each by itself; how many are gone."""
    due = StrayFile.objects.filter(due__lte=now()).order_by("due")
    return sum(_remove(*row) for row in list(due.values_list("pk", "due", "attempts")[:limit]))


def owned(name: str) -> bool:
    """Whether the picture whose id is in the name has this file."""
    folder, _, rest = name.partition("/")
    try:
        picture_id = UUID(rest.partition("/")[0])
    except ValueError:
        return False
    picture = Picture.objects.filter(pk=picture_id).first() if folder == "pictures" else None
    return picture is not None and name in names_of(picture)


def _remove(name: str, due: datetime, attempts: int) -> bool:
    mine = StrayFile.objects.filter(pk=name, due=due)
    claimed = {"removing": True, "due": now() + LEASE, "attempts": attempts + 1}

    def claim() -> bool:
        if owned(name):  # announced once more by a repeat that did not come to its end
            StrayFile.objects.filter(pk=name).delete()
            return False
        return bool(mine.update(**claimed))  # 0: somebody else removes it, or a picture owns it now

    if not transact("catalog", claim):
        return False
    forbid_transaction("The storage")
    try:
        default_storage.delete(name)
    except Exception:
        logger.exception("The storage does not remove %s", name)
        pause = min(LONGEST_PAUSE, timedelta(seconds=10 * 2 ** min(attempts, 10)))
        transact("catalog", lambda: StrayFile.objects.filter(pk=name).update(due=now() + pause))
        return False
    transact("catalog", lambda: StrayFile.objects.filter(pk=name).delete())
    return True
