"""Keyset pages: the next one starts behind a row, not at a number, so its cost never grows and no row shows twice."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.db.models.sql.where import AND, OR, WhereNode
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from shop.errors import FieldError, Invalid, Malformed

DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100
PAGE_PARAMETERS = [
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": HIGHEST_LIMIT, "default": DEFAULT_LIMIT}),
    OpenApiParameter("after", str, description="`next_cursor` of the page before: same path, same filters."),
    OpenApiParameter("include", str, enum=["total"], description="`total` counts all rows, which takes its time."),
]
"""Of every list, for `extend_schema(parameters=...)`."""

_OF_A_PAGE = frozenset(parameter.name for parameter in PAGE_PARAMETERS)
NOT_OF_THE_LIST = {"after", "limit", "include", "fields", "expand"}
"""Parameters that may change from page to page: all others say which rows there are, or in which order."""

Handler = Callable[..., Any]


def limit_of(params: Any) -> int:
    """`?limit=`: 20 unless said, 1 to 100."""
    text = params.get("limit", "")
    if text == "":
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= HIGHEST_LIMIT):
        raise Invalid(errors=(FieldError("/limit", "out_of_range", f"A whole number from 1 to {HIGHEST_LIMIT}."),))
    return int(text)


def check_names(params: Any, known: Collection[str]) -> None:
    """422 for a parameter that a list does not have: left aside, it would show rows that nobody asked for."""
    if unknown := [name for name in params if name not in known]:
        name = unknown[0][:80].replace("~", "~0").replace("/", "~1")
        detail = "There is no such parameter, so nothing would be filtered."
        raise Invalid(detail, errors=(FieldError(f"/{name}", "unknown_parameter", detail),))


def list_of(request: Any) -> str:
    """Which list a request is of: its path and all that chooses rows. A cursor is taken by no other."""
    query = request.GET.lists()
    told = sorted((name, value) for name, values in query if name not in NOT_OF_THE_LIST for value in values if value)
    return f"{request.path} {told}" if told else str(request.path)


def bound_to(order: tuple[str, ...], of: str) -> str:
    """What stands in a cursor for its ordering and its list."""
    return hashlib.blake2b(f"{','.join(order)} {of}".encode(errors="surrogatepass"), digest_size=6).hexdigest()


def encode_cursor(order: tuple[str, ...], values: list[Any], *, of: str) -> str:
    """Where a page ended, bound to the ordering and the list (see `list_of`) that it was made with."""
    raw = msgspec.json.encode([bound_to(order, of), [_plain(value) for value in values]])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(order: tuple[str, ...], cursor: str, *, of: str) -> list[Any]:
    """The values in a cursor; 400 for anything that this ordering of this list did not make."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        made_by, values = msgspec.json.decode(raw, type=tuple[str, list[tuple[str, str]]])
        if len(cursor) > 1024 or made_by != bound_to(order, of) or len(values) != len(order):
            raise ValueError
        return [_READ[kind](text) for kind, text in values]
    except (ValueError, KeyError, OverflowError, binascii.Error, UnicodeError, msgspec.MsgspecError):
        raise Malformed("after is no cursor of this list: take next_cursor of the page before.") from None


def _plain(value: Any) -> tuple[str, str]:
    match value:
        case bool():
            return "b", "1" if value else "0"
        case int():
            return "i", str(value)
        case UUID():
            return "u", str(value)
        case datetime():
            return "t", value.isoformat()
        case str():
            return "s", value
    raise TypeError(f"A list cannot be ordered by a {type(value).__name__} that may be null: {value!r}")


def _text(text: str) -> str:
    if "\x00" in text:
        raise ValueError(text)
    return text


def _int64(text: str) -> int:
    value = int(text) if len(text) < 21 else 2**63
    if not -(2**63) <= value < 2**63:
        raise ValueError(text)
    return value


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)  # OverflowError for what is before the year 1 there, or after 9999


_READ: dict[str, Callable[[str], Any]] = {
    "s": _text,
    "i": _int64,
    "u": UUID,
    "t": _aware,
    "b": {"0": False, "1": True}.__getitem__,
}


def behind(queryset: QuerySet[Any, Any], order: tuple[str, ...], values: list[Any]) -> QuerySet[Any, Any]:
    """Rows behind `values` in `order` ("-field" descends); a range on the first field makes the index useful.

    a >= 1 and (a > 1 or b > 2), made without filter(), which costs more than the query: late pages cost what the first
    one does.
    """
    rows = queryset.all()
    alias = rows.query.get_initial_alias()
    condition: Any = None
    for name, value in reversed(list(zip(order, values, strict=True))):
        column = rows.model._meta.get_field(name.lstrip("-")).get_col(alias)  # noqa: SLF001  # Django's public _meta
        compared, way = _compared(column, value), "lt" if name.startswith("-") else "gt"
        if condition is None:
            condition = compared(way)
        else:
            condition = WhereNode([compared(f"{way}e"), WhereNode([compared(way), condition], OR)])
    rows.query.where.add(condition, AND)
    return rows


def _compared(column: Any, value: Any) -> Callable[[str], Any]:
    """Makes conditions of that column. A forged cursor of the right shape may hold a text where a number belongs."""
    try:
        column.output_field.get_prep_value(value)
    except Exception:  # noqa: BLE001  # each field refuses in its own way
        raise Malformed("after is no cursor of this list: take next_cursor of the page before.") from None
    return lambda way: column.output_field.get_lookup(way)(column, value)


def rows_of(
    queryset: QuerySet[Any, Any], *, order: tuple[str, ...], limit: int, after: str | None, of: str
) -> tuple[list[Any], str | None]:
    """One page of model instances or of values() dictionaries, and the cursor of the next, with one query."""
    ordered = queryset if queryset.query.order_by == order else queryset.order_by(*order)
    if after:
        ordered = behind(ordered, order, decode_cursor(order, after, of=of))
        ordered.query.set_limits(high=limit + 1)  # a slice would copy the copy that nobody else has
    else:
        ordered = ordered[: limit + 1]
    rows = list(ordered)
    if len(rows) <= limit:
        return rows, None
    del rows[limit:]
    return rows, encode_cursor(order, [_read(rows[-1], name.lstrip("-")) for name in order], of=of)


def _read(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def wants_total(params: Any) -> bool:
    """`?include=total`."""
    return "total" in included(params, "total")


def included(params: Any, *known: str) -> frozenset[str]:
    """The names in `?include=`; 422 for one that is not `known`."""
    names = frozenset(filter(None, params.get("include", "").split(",")))
    if unknown := sorted(names.difference(known)):
        detail = f"{unknown[0][:50]!r} cannot be included; there is {', '.join(known)}."
        raise Invalid(errors=(FieldError("/include", "unknown_name", detail),))
    return names


def asked_page(
    request: Any,
    queryset: QuerySet[Any, Any],
    *,
    order: tuple[str, ...],
    render: Callable[[Any], Any],
    filters: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, str]]:
    """The page that `limit`, `after` and `include=total` of the query ask for, and its Link header.

    `filters` are the other parameters that there are, by which `queryset` was made: any more is refused.
    `order` must end in a unique field, hold no null, and be covered by an index.
    """
    params = request.GET
    check_names(params, {*_OF_A_PAGE, *filters})
    limit, total = limit_of(params), wants_total(params)
    rows, next_cursor = rows_of(queryset, order=order, limit=limit, after=params.get("after"), of=list_of(request))
    page: dict[str, Any] = {
        "data": [render(row) for row in rows],
        "has_more": next_cursor is not None,
        "next_cursor": next_cursor,
    }
    if total:
        page["total"] = queryset.count()
    link = next_link(request, next_cursor)
    return page, {"Link": link} if link else {}


def list_answer(
    request: Any,
    queryset: QuerySet[Any, Any],
    *,
    order: tuple[str, ...],
    render: Callable[[Any], Any],
    filters: Collection[str] = (),
) -> Response:
    """A whole list operation."""
    page, headers = asked_page(request, queryset, order=order, render=render, filters=filters)
    return Response(page, headers=headers)


def unpaged(why: str) -> Callable[[Handler], Handler]:
    """Mark a list that is answered whole, for this reason: it is short by nature. It has no parameters."""

    def decorate(method: Handler) -> Handler:
        @functools.wraps(method)
        def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            check_names(request.GET, ())
            return method(view, request, *args, **kwargs)

        run.unpaged = why  # type: ignore[attr-defined]
        return run

    return decorate


def next_link(request: Any, next_cursor: str | None) -> str:
    """The value of the Link header, "" on the last page."""
    if next_cursor is None:
        return ""
    query = [(name, value) for name, values in request.GET.lists() if name != "after" for value in values]
    return f'<{request.path}?{urlencode([*query, ("after", next_cursor)])}>; rel="next"'


def joined(bodies: list[bytes], next_cursor: str | None, more: dict[str, bytes] | None = None) -> bytes:
    """The body of a list whose items are rendered already: joined, never parsed. `more` are members that are JSON."""
    tail = b'true,"next_cursor":"%s"' % next_cursor.encode() if next_cursor else b'false,"next_cursor":null'
    added = b"".join(b',"%s":%s' % (name.encode(), value) for name, value in (more or {}).items())
    return b'{"data":[' + b",".join(bodies) + b'],"has_more":' + tail + added + b"}"
