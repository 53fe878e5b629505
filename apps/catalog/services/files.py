"""Files in the storage, each owned by a picture or on its way out.

A file is announced (`StrayFile`) before it is written; the transaction that gives it an owner takes the announcement
back. So what a crash leaves between the two is known, and a job removes it. Nothing here runs inside a transaction
but the two functions that say so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from apps.catalog.models import StrayFile
from shop.clock import now
from shop.db import transact
from shop.db.transactions import forbid_transaction
from shop.errors import Unavailable

logger = logging.getLogger(__name__)

UNOWNED = timedelta(hours=1)
"""How long writing a file and giving it an owner may take."""
GRACE = timedelta(minutes=10)
"""How long documents that caches hold may still name a file that nobody owns any more."""
RETRY_SECONDS = 5


def store(name: str, content: bytes) -> None:
    """Announce, then write. Writing the same bytes again is harmless. Raises Unavailable."""
    forbid_transaction("The storage")
    transact("catalog", lambda: _announce(name))
    try:
        default_storage.save(name, ContentFile(content))
    except Exception as error:
        logger.exception("The storage does not take %s", name)
        abandon([name])
        raise Unavailable("The storage of pictures does not answer.", retry_after=RETRY_SECONDS) from error


def fetch(name: str) -> bytes:
    """The bytes of a file. Raises Unavailable; FileNotFoundError if there is none."""
    forbid_transaction("The storage")
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise
    except Exception as error:
        raise Unavailable("The storage of pictures does not answer.", retry_after=RETRY_SECONDS) from error


def own(names: Iterable[str]) -> None:
    """Inside the transaction that makes a picture name them. Raises Unavailable if one is being removed already."""
    for name in names:
        if not StrayFile.objects.filter(pk=name, removing=False).update(due=now()):
            raise Unavailable(f"{name} took too long to be stored: repeat it.", retry_after=RETRY_SECONDS)
        StrayFile.objects.filter(pk=name).delete()


def let_go(names: Iterable[str]) -> None:
    """Inside the transaction after which no picture names them: a job removes them when no cache does either."""
    due = now() + GRACE
    StrayFile.objects.bulk_create([StrayFile(name=name, due=due) for name in dict.fromkeys(names)])


def abandon(names: Iterable[str]) -> None:
    """Files that were announced and will have no owner: remove them soon."""
    names = list(names)
    transact("catalog", lambda: StrayFile.objects.filter(pk__in=names, removing=False).update(due=now()))


def _announce(name: str) -> None:
    due = now() + UNOWNED
    if StrayFile.objects.filter(pk=name, removing=False).update(due=due):
        return
    if StrayFile.objects.filter(pk=name).exists():
        raise Unavailable(f"{name} is being removed: repeat it.", retry_after=RETRY_SECONDS)
    StrayFile(name=name, due=due).save(force_insert=True)
