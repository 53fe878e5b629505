"""Pictures for the demo shop, drawn when they are missing: two soft colours and a few plain shapes."""

from __future__ import annotations

import colorsys
from dataclasses import replace
from io import BytesIO
from random import Random
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw, ImageFilter

from apps.catalog.services.import_products import PictureImport, ProductImport
from shop.ids import derived_id

SIDE = 480
DEMO = UUID("019bf8a2-6f00-7000-8000-00000000de30")
"""Ids of demo pictures are made of this and a slug, so that a repeat finds what is there."""
Colour = tuple[int, int, int]


def add_picture(product: ProductImport) -> ProductImport:
    """The product with its picture, which is in the storage; a worker makes the sizes."""
    slug, name = product.draft.slug, product.draft.name
    picture_id = derived_id(DEMO, slug)
    file = f"pictures/{picture_id.hex}/{slug}.webp"
    if not default_storage.exists(file):
        default_storage.save(file, ContentFile(draw(slug)))
    return replace(product, pictures=(PictureImport(picture_id, file=file, alt=name, width=SIDE, height=SIDE),))


def draw(seed: str) -> bytes:
    """A WebP picture; the same for the same seed."""
    chance = Random(seed)
    hue = chance.random()
    image = _background(_colour(hue, 0.18, 0.97), _colour(hue + 0.08, 0.30, 0.88))
    _shadow(image)
    pen = ImageDraw.Draw(image)
    accents = [_colour(hue + shift, 0.45, 0.70 + 0.08 * i) for i, shift in enumerate((0.5, 0.42, 0.0))]
    for i, accent in enumerate(accents):
        _shape(pen, chance, accent, inset=70 + 55 * i)
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=80, method=0)
    return buffer.getvalue()


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _background(top: Colour, bottom: Colour) -> Image.Image:
    strip = Image.new("RGB", (1, 2))
    strip.putpixel((0, 0), top)
    strip.putpixel((0, 1), bottom)
    return strip.resize((SIDE, SIDE), Image.Resampling.BILINEAR)


def _shadow(image: Image.Image) -> None:
    """Something under the thing, so that it stands."""
    small = Image.new("L", (SIDE // 8, SIDE // 8), 0)
    ImageDraw.Draw(small).ellipse((12, 44, 48, 53), fill=90)
    mask = small.filter(ImageFilter.GaussianBlur(2)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    image.paste((40, 40, 50), (0, 0), mask)


def _shape(pen: ImageDraw.ImageDraw, chance: Random, colour: Colour, *, inset: int) -> None:
    box = (inset + chance.randint(-12, 12), inset - 10, SIDE - inset + chance.randint(-12, 12), SIDE - inset - 10)
    match chance.randrange(4):
        case 0:
            pen.ellipse(box, fill=colour)
        case 1:
            pen.rounded_rectangle(box, radius=chance.randint(18, 70), fill=colour)
        case 2:
            pen.pieslice(box, 180 - chance.randint(0, 40), 360 + chance.randint(0, 40), fill=colour)
        case _:
            middle = (box[0] + box[2]) // 2
            pen.polygon([(middle, box[1]), (box[2], box[3]), (box[0], box[3])], fill=colour)
