"""From bytes that anybody may have made to a picture of ours: decoded within limits, and written anew.

Nothing of the original file survives but its pixels: no metadata, no second file behind the picture, no name. The
header is checked before anything is decoded, so a small file that unfolds to gigabytes is refused by what it claims.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any, TypeVar

from django.conf import settings
from PIL import Image, ImageCms, features

from apps.catalog.contracts import BadPicture, NoPicture
from shop.errors import FieldError, Unavailable

logger = logging.getLogger(__name__)
T = TypeVar("T")

HIGHEST_SIDE = 12_000
MOST_SCANS = 200
"""Of a progressive JPEG: each makes the decoder walk all pixels again, and costs the sender a few bytes."""
AT_ONCE = 2
PATIENCE_SECONDS = 5.0
_decoding = BoundedSemaphore(AT_ONCE)
"""A picture at the limit takes a few hundred megabytes while it is decoded."""
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A file that we wrote."""

    content: bytes
    extension: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Names the content: another text for any other bytes."""
        return blake2b(self.content, digest_size=12).hexdigest()


def clean_picture(content: bytes) -> CleanPicture:
    """The picture, upright, in sRGB, without metadata. Raises NoPicture or BadPicture."""
    return _decoded(content, _encoded)


def open_picture(content: bytes) -> Image.Image:
    """Its pixels as `clean_picture` would write them, after the same checks. Raises NoPicture or BadPicture."""
    return _decoded(content, lambda image, _kind: image)


def _decoded(content: bytes, use: Callable[[Image.Image, str], T]) -> T:
    if not content:
        raise _bad("empty", "The file is empty.")
    kind = _kind(content)
    if kind == "WEBP":
        _check_size(*_webp_size(content))  # Pillow makes room for the canvas as soon as it opens the file
    if kind == "JPEG" and content.count(b"\xff\xda") > MOST_SCANS:
        raise _bad("too_complex", f"A JPEG has at most {MOST_SCANS} scans.")
    if not _decoding.acquire(timeout=PATIENCE_SECONDS):
        raise Unavailable("Too many pictures are being decoded.", retry_after=5)
    try:
        return _used(content, kind, use)
    finally:
        _decoding.release()


def _kind(content: bytes) -> str:
    """By the first bytes; what the client says of it does not matter."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[:6] in {b"GIF87a", b"GIF89a"}:
        return "GIF"
    if content[4:12] == b"ftypavif" and features.check("avif"):
        return "AVIF"
    raise NoPicture("Send a JPEG, PNG, WebP, GIF or AVIF.")


def _webp_size(content: bytes) -> tuple[int, int]:
    """What the header claims, without the decoder. Raises BadPicture."""
    try:
        match content[12:16]:
            case b"VP8X":
                flags, wide, high = struct.unpack("<B3x3s3s", content[20:30])
                if flags & 0b10:
                    raise _bad("animated", "Send a picture that does not move.")
                return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
            case b"VP8 ":
                wide, high = struct.unpack("<HH", content[26:30])
                return wide & 0x3FFF, high & 0x3FFF
            case b"VP8L":
                [bits] = struct.unpack("<I", content[21:25])
                return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    except struct.error:
        pass
    raise _bad("broken", "The file is damaged.")


def _check_size(width: int, height: int) -> None:
    most: int = settings.PICTURE_MAX_PIXELS
    if width < 1 or height < 1:
        raise _bad("broken", "The file is damaged.")
    if width * height > most or max(width, height) > HIGHEST_SIDE:
        raise _bad("too_large", f"At most {most:,} pixels, and {HIGHEST_SIDE:,} on a side, not {width} x {height}.")


def _used(content: bytes, kind: str, use: Callable[[Image.Image, str], T]) -> T:
    try:
        with Image.open(BytesIO(content), formats=[kind]) as image:
            _check_size(*image.size)
            # A phone's JPEG may hold a second picture (MPO): the first is the one.
            if getattr(image, "is_animated", False) and image.format != "MPO":
                raise _bad("animated", "Send a picture that does not move.")
            image.load()
            return use(_plain(image), kind)
    except (BadPicture, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _bad("too_large", f"At most {settings.PICTURE_MAX_PIXELS:,} pixels.") from None
    except Exception as error:  # noqa: BLE001  # each decoder complains in its own way
        logger.info("A picture cannot be decoded: %r", error)
        raise _bad("broken", "The file is damaged, or no picture inside.") from None


def _plain(image: Image.Image) -> Image.Image:
    """Upright, 8 bits, sRGB or grey, with transparency if it has any; nothing but pixels."""
    profile, turn = image.info.get("icc_profile"), _turn(image)
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("I").point(lambda value: value / 256).convert("L")  # 16 bits of grey
    transparent = "transparency" in image.info or image.mode in {"LA", "La", "PA", "RGBA", "RGBa"}
    wanted = "RGBA" if transparent else "L" if image.mode in {"1", "L"} else "RGB"
    plain = _in_srgb(image, profile) if profile and image.mode in {"RGB", "CMYK"} and not transparent else None
    if plain is None:
        plain = image if image.mode == wanted else image.convert(wanted)
    if turn is not None:
        plain = plain.transpose(turn)
    plain = plain.copy() if plain is image else plain
    plain.info = {}
    return plain


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  # damaged metadata says nothing
        return None


def _in_srgb(image: Image.Image, profile: Any) -> Image.Image | None:
    """Colours as the camera meant them; None if the profile is of no use."""
    try:
        return ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(BytesIO(profile)), _SRGB, outputMode="RGB")
    except Exception:  # noqa: BLE001  # a damaged profile says nothing
        return None


def _encoded(image: Image.Image, kind: str) -> CleanPicture:
    buffer = BytesIO()
    if kind == "JPEG":
        extension = "jpg"
        image.save(buffer, "JPEG", quality=90, progressive=True)
    elif kind in {"PNG", "GIF"}:
        extension = "png"
        image.save(buffer, "PNG", compress_level=4)
    else:
        extension = "webp"
        image.save(buffer, "WEBP", quality=90, method=2)
    return CleanPicture(buffer.getvalue(), extension, image.width, image.height)


def _bad(code: str, detail: str) -> BadPicture:
    return BadPicture(detail, errors=(FieldError("/file", code, detail),))
