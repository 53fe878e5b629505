"""The fields of the index, the keys of its orders, and how a document becomes tantivy's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from uuid import UUID

import tantivy

from .document import SearchDocument
from .slots import Slots

FORMAT = 3
"""Raise it when an index made by older code must not be read by this."""
NAME_PARTS = ("name0", "name1", "name2")
_PART = 8
NEWEST, NAME = "newest", "name"
_MASK = 2**64 - 1


def fingerprint(currencies: Sequence[str], source: str) -> str:
    """Two processes may share an index if this is equal. `source` says which catalog it is derived from."""
    return blake2b(f"{FORMAT} {' '.join(currencies)} {source}".encode(), digest_size=6).hexdigest()


def schema(currencies: Sequence[str]) -> tantivy.Schema:
    """All fields. Numbers are columns to sort by, words and tokens are lists to look up."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("sort_name", stored=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("spelling", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("is", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("buyable", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("sold_out", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("variant", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("slot", tokenizer_name="raw", index_option="basic")
    for name in ("id0", "id1", "changed", "shelved", *NAME_PARTS, *map(price_field, currencies)):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def price_field(currency: str) -> str:
    """The column of the prices in a currency; also the name of the order by them."""
    return f"price_{currency}"


def orders(currencies: Sequence[str]) -> tuple[str, ...]:
    """Everything that lists are sorted by, forwards or backwards."""
    return (NEWEST, NAME, *map(price_field, currencies))


def keys(document: SearchDocument, currencies: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(order, key): its place in each order that it is in. Keys are unique and sort as text."""
    yield NEWEST, number_key(first_half(document.shelved), document.id)
    yield NAME, name_key(document.sort_name, document.id)
    for currency in currencies:
        if currency in document.prices:
            yield price_field(currency), number_key(document.prices[currency], document.id)


def number_key(number: int, product_id: UUID) -> str:
    """Of an order by a number."""
    return f"{number:016x}{product_id.hex}"


def name_key(sort_name: str, product_id: UUID) -> str:
    """Of the order by name."""
    return f"{sort_name}\x00{product_id.hex}"


def first_half(hexadecimal: str) -> int:
    """The time of a UUIDv7, as fine as it is."""
    return int(hexadecimal[:16], 16)


def name_numbers(sort_name: str) -> list[int]:
    """The beginning of a name as numbers that sort as it does."""
    raw = sort_name.encode("utf-8", "replace")[: _PART * len(NAME_PARTS)].ljust(_PART * len(NAME_PARTS), b"\0")
    return [int.from_bytes(raw[i : i + _PART], "big") for i in range(0, len(raw), _PART)]


def halves(product_id: UUID) -> tuple[int, int]:
    """An id as two columns."""
    return product_id.int >> 64, product_id.int & _MASK


def slot_token(order: str, start: str) -> str:
    """How a slot is named in the index."""
    return f"{order}\x01{start}"


def to_tantivy(document: SearchDocument, slots: Mapping[str, Slots], currencies: Sequence[str]) -> tantivy.Document:
    """The document with its slots."""
    made = tantivy.Document()
    made.add_text("id", document.id.hex)
    made.add_bytes("sort_name", document.sort_name.encode("utf-8", "replace"))
    made.add_text("words", " ".join(document.words))
    made.add_text("spelling", " ".join(document.spelling))
    for token in document.tokens:
        made.add_text("is", token)
    for token in document.buyable:
        made.add_text("buyable", token)
    for token in document.sold_out:
        made.add_text("sold_out", token)
    for token in document.variants:
        made.add_text("variant", token)
    for order, key in keys(document, currencies):
        made.add_text("slot", order)
        made.add_text("slot", slot_token(order, slots[order].start_of(key)))
    for name, number in _numbers(document, currencies):
        made.add_unsigned(name, number)
    return made


def _numbers(document: SearchDocument, currencies: Sequence[str]) -> Iterator[tuple[str, int]]:
    yield from zip(("id0", "id1"), halves(document.id), strict=True)
    yield "changed", document.changed.int >> 64
    yield "shelved", first_half(document.shelved)
    yield from zip(NAME_PARTS, name_numbers(document.sort_name), strict=True)
    for currency in currencies:
        if currency in document.prices:
            yield price_field(currency), document.prices[currency]
