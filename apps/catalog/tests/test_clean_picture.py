"""Whatever somebody uploads: a picture comes out clean, and what is none, or is made to do harm, is refused cheaply."""

from __future__ import annotations

import time
import tracemalloc
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from apps.catalog.contracts import BadPicture, NoPicture
from apps.catalog.services import clean_picture as module
from apps.catalog.services.clean_picture import clean_picture
from apps.catalog.testing.images import animated, picture, png_of_size, turned, webp_of_size
from shop.errors import Unavailable

HTML = b"<!doctype html><script>alert(1)</script>"


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def grey(image: Image.Image, at: tuple[int, int]) -> Any:
    """How bright a pixel is, 0 to 255."""
    return image.convert("L").getpixel(at)


def code_of(content: bytes) -> str:
    with pytest.raises(BadPicture) as refusal:
        clean_picture(content)
    [error] = refusal.value.errors
    assert error.pointer == "/file"
    return error.code


@pytest.mark.parametrize(
    ("kind", "extension"),
    [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "png"), ("WEBP", "webp"), ("AVIF", "webp"), ("MPO", "jpg")],
)
def test_every_kind_comes_out_as_one_that_browsers_show(kind, extension):
    clean = clean_picture(picture(kind))
    assert (clean.extension, clean.width, clean.height) == (extension, 400, 300)
    image = opened(clean.content)
    assert image.size == (400, 300)
    assert grey(image, (20, 150)) < 100 < grey(image, (380, 150))


@pytest.mark.parametrize(
    ("kind", "mode", "expected"),
    [
        ("JPEG", "CMYK", "RGB"),
        ("JPEG", "L", "L"),
        ("PNG", "RGBA", "RGBA"),
        ("PNG", "LA", "RGBA"),
        ("PNG", "P", "RGB"),
        ("PNG", "1", "L"),
        ("PNG", "I;16", "L"),
        ("TIFF", "RGB", ""),
    ],
)
def test_every_colour_space_comes_out_as_one_that_browsers_show(kind, mode, expected):
    if mode == "I;16":
        wide = Image.new("I", (400, 300), 40 * 256)
        wide.paste(220 * 256, (200, 0, 400, 300))
        buffer = BytesIO()
        wide.convert("I;16").save(buffer, kind)
        content = buffer.getvalue()
    else:
        content = picture(kind, mode=mode)
    if not expected:
        with pytest.raises(NoPicture):
            clean_picture(content)
        return
    image = opened(clean_picture(content).content)
    assert image.mode == expected
    if mode not in {"CMYK", "1"}:  # the one is other colours, the other dots
        assert grey(image, (20, 150)) < 100 < grey(image, (380, 150))


@pytest.mark.parametrize(
    ("orientation", "size", "dark"),
    [(1, (400, 300), (20, 150)), (3, (400, 300), (380, 150)), (6, (300, 400), (150, 20)), (8, (300, 400), (150, 380))],
)
def test_a_picture_stands_upright_and_tells_nothing_of_the_camera(orientation, size, dark):
    content = turned(orientation)
    assert b"SECRET-CAMERA" in content
    clean = clean_picture(content)
    image = opened(clean.content)
    assert (clean.width, clean.height) == image.size == size
    assert grey(image, dark) < 100
    assert b"SECRET-CAMERA" not in clean.content
    assert not image.getexif()


def test_comments_profiles_and_what_hangs_behind_the_picture_are_gone():
    zipped = b"PK\x03\x04 a whole second file"
    jpeg = clean_picture(picture(comment=b"<script>SECRET</script>") + zipped + HTML).content
    assert not any(word in jpeg for word in (b"SECRET", b"PK\x03\x04", b"<script>"))
    png = clean_picture(picture("PNG") + HTML).content
    assert b"<script>" not in png
    webp = clean_picture(picture("WEBP", xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>") + HTML).content
    assert not any(word in webp for word in (b"SECRET", b"<script>"))


def test_the_same_picture_is_the_same_file_and_another_one_is_not():
    assert clean_picture(picture()).digest == clean_picture(picture()).digest
    assert clean_picture(picture()).digest != clean_picture(picture(size=(401, 300))).digest


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"\xef\xbb\xbf<svg/>",
        b"%PDF-1.7",
        b"GIF",
        b"BM" + b"\0" * 100,
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"\0\0\0\x18ftypmp42",
        b"PK\x03\x04",
        b"\x00",
        "öäü".encode("utf-16"),
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(content):
    with pytest.raises(NoPicture):
        clean_picture(content)


def test_an_empty_file_is_refused():
    assert code_of(b"") == "empty"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
@pytest.mark.parametrize("part", [0.05, 0.5, 0.9])
def test_a_file_that_ends_too_early_is_refused(kind, part):
    content = picture(kind, size=(640, 480))
    cut = content[: max(13, int(len(content) * part))]
    assert code_of(cut) == "broken"


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP"])
def test_the_beginning_of_a_picture_and_then_something_else_is_refused(head):
    for rest in (HTML, b"\0" * 1000, b"\xff" * 1000, b"VP8 ", b"VP8X\x0a"):
        assert code_of(head + rest) in {"broken", "too_large"}


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_picture_that_moves_is_refused(kind):
    assert code_of(animated(kind)) == "animated"


@pytest.mark.parametrize(
    "bomb",
    [
        png_of_size(20_000, 20_000),
        png_of_size(2**31 - 1, 2**31 - 1),
        png_of_size(12_001, 1),
        webp_of_size(16_384, 16_384),
        webp_of_size(2**24, 2**24),
        picture("GIF", size=(10, 10))[:6] + b"\xff\xff\xff\xff" + picture("GIF", size=(10, 10))[10:],
    ],
    ids=["png", "png at its limit", "long png", "webp", "webp at its limit", "gif"],
)
def test_a_small_file_that_unfolds_to_gigabytes_is_refused_before_it_does(bomb):
    tracemalloc.start()
    started = time.perf_counter()
    assert code_of(bomb) in {"too_large", "broken"}
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.perf_counter() - started < 0.5
    assert peak < 5_000_000


def test_the_limit_is_on_pixels_and_just_below_it_is_well(settings):
    settings.PICTURE_MAX_PIXELS = 400 * 300
    assert clean_picture(picture()).width == 400
    assert code_of(picture(size=(401, 300))) == "too_large"


def test_a_jpeg_with_thousands_of_scans_is_refused_without_decoding():
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00"
    content = picture(progressive=True)
    assert code_of(content[:-2] + scan * 5_000 + content[-2:]) == "too_complex"


def test_a_text_chunk_that_unfolds_is_refused():
    import struct
    import zlib

    text = b"zTXt" + b"key\0\0" + zlib.compress(b"x" * 80_000_000, 9)
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    png = picture("PNG")
    assert code_of(png[:33] + chunk + png[33:]) == "broken"


def test_who_waits_too_long_for_a_place_is_told_to_come_again(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    for _ in range(module.AT_ONCE):
        module._decoding.acquire()
    try:
        with pytest.raises(Unavailable):
            clean_picture(picture())
    finally:
        for _ in range(module.AT_ONCE):
            module._decoding.release()
    assert clean_picture(picture()).width == 400
