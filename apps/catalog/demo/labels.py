"""Brands and tags of big catalogues, so that there is something to filter by."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.text import slugify

from apps.catalog.models import Brand, Tag
from shop.db import transact

_BRANDS = (
    "Alder & Ash", "Birkvik", "Casa Lume", "Dune", "Elmhurst", "Fjordholm", "Granit", "Hay & Oak", "Ilmatar",
    "Juno Works", "Kiln", "Lindqvist", "Marram", "Nordlys", "Oldmill", "Pallas", "Quarry", "Rowan", "Saltmarsh",
    "Tarn", "Umbra Nova", "Vesterbro", "Wren", "Yarrow",
)  # fmt: skip
_TAGS = ("Gift", "New", "Organic", "Handmade", "Recycled", "Limited", "Classic", "Outlet", "Vegan", "Local")


@dataclass(frozen=True, slots=True)
class Labels:
    """Their ids, in the order of their names above."""

    brands: tuple[UUID, ...]
    tags: tuple[UUID, ...]


def make_labels() -> Labels:
    """Those that are missing are made."""
    return transact("catalog", lambda: Labels(_ids(Brand, _BRANDS), _ids(Tag, _TAGS)))


def _ids(model: type[Brand | Tag], names: tuple[str, ...]) -> tuple[UUID, ...]:
    standing = dict(model.objects.values_list("slug", "pk"))
    fresh = [model(slug=slugify(name), name=name) for name in names if slugify(name) not in standing]
    model.objects.bulk_create(fresh)  # type: ignore[arg-type]
    standing |= {row.slug: row.pk for row in fresh}
    return tuple(standing[slugify(name)] for name in names)
