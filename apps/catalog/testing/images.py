"""Files for tests: pictures of every kind, and what pretends to be one."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options: Any) -> bytes:
    """A file of that kind: its left half is dark, its right half bright."""
    image = Image.new("L", size, 40)
    image.paste(220, (size[0] // 2, 0, size[0], size[1]))
    buffer = BytesIO()
    image.convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def animated(kind: str) -> bytes:
    """Two frames."""
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100)
    return buffer.getvalue()


def turned(orientation: int) -> bytes:
    """A JPEG that says how the camera was held, and where."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRET-CAMERA"
    return picture(exif=exif.tobytes())


def png_of_size(width: int, height: int) -> bytes:
    """A small PNG whose header claims that size, and whose data unfold to a part of it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
        + chunk(b"IEND", b"")
    )


def webp_of_size(width: int, height: int) -> bytes:
    """The header of a WebP with a canvas of that size, and nothing on it."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body
