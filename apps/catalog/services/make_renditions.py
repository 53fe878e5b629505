"""Use case: a worker makes the sizes of new pictures, as WebP."""

from __future__ import annotations

import logging
from datetime import timedelta
from hashlib import blake2b
from io import BytesIO
from uuid import UUID

from django.conf import settings
from PIL import Image

from apps.catalog.models import Picture, PictureState
from shop.clock import now
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault

from . import files
from .clean_picture import open_picture
from .render_product import render_product

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
LAST_ATTEMPT = 5
PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
Rendition = tuple[int, int, str, bytes]
"""(width, height, name, content)"""


def make_due_renditions(*, limit: int) -> int:
    """Those that are due; how many pictures were tried."""
    due = Picture.objects.filter(due__lte=now()).order_by("due")
    return sum(_try(picture) for picture in list(due[:limit]))


def retry_renditions(*, picture_id: UUID) -> None:
    """Staff ask for another round of attempts at one that failed."""
    failed = Picture.objects.filter(pk=picture_id, state=PictureState.FAILED)
    transact("catalog", lambda: failed.update(state=PictureState.PENDING, attempts=0, due=now()))


def _try(picture: Picture) -> bool:
    mine = Picture.objects.filter(pk=picture.pk, due=picture.due)
    if not transact("catalog", lambda: mine.update(due=now() + LEASE)):
        return False  # another worker has it
    try:
        _make(picture)
    except Unavailable as error:
        # Nothing is wrong with the picture: as often as the storage needs.
        _later(picture, str(error), attempts=picture.attempts)
    except Exception as error:
        logger.exception("The sizes of picture %s cannot be made", picture.pk)
        _later(picture, repr(error), attempts=picture.attempts + 1)
    return True


def _make(picture: Picture) -> None:
    made = _renditions(picture)
    for _, _, name, content in made:
        files.store(name, content)
    fault("catalog.renditions.stored")
    names = [name for _, _, name, _ in made]

    def keep() -> bool:
        done = {
            "renditions": [[width, height, name] for width, height, name, _ in made],
            "state": PictureState.READY,
            "due": None,
            "attempts": 0,
            "problem": "",
        }
        if not Picture.objects.filter(pk=picture.pk).update(**done):
            return False  # it was removed meanwhile
        files.own(names)
        render_product(product_id=picture.product_id)
        return True

    if not transact("catalog", keep):
        files.abandon(names)


def _renditions(picture: Picture) -> list[Rendition]:
    """Smaller ones than it is, and one of its own size or the largest."""
    name = str(picture.file.name)
    # Ours, and yet read as if it was not: the storage is another machine.
    with open_picture(files.fetch(name)) as image:
        widths = sorted({min(width, image.width) for width in settings.PICTURE_WIDTHS})
        return [_rendition(picture.pk, image, width) for width in widths]


def _rendition(picture_id: UUID, image: Image.Image, width: int) -> Rendition:
    height = max(1, round(image.height * width / image.width))
    mode = image if image.mode in {"RGB", "RGBA"} else image.convert("RGB")
    small = mode.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=80, method=2)
    content = buffer.getvalue()
    digest = blake2b(content, digest_size=12).hexdigest()
    return width, height, f"pictures/{picture_id.hex}/{digest}-{width}.webp", content


def _later(picture: Picture, problem: str, *, attempts: int) -> None:
    failed = attempts >= LAST_ATTEMPT
    pause = min(LONGEST_PAUSE, PAUSE * 2 ** min(attempts, 10))
    changes = {
        "attempts": attempts,
        "problem": problem[:200],
        "state": PictureState.FAILED if failed else PictureState.PENDING,
        "due": None if failed else now() + pause,
    }
    transact("catalog", lambda: Picture.objects.filter(pk=picture.pk).update(**changes))
