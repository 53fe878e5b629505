"""Stripe's search: its query language, and an index that knows what happened only some time ago.

Stripe says that what was written is found within a minute, and later when it has trouble: never read after a write so.
An object is not found before `lag` seconds have passed since it was made, and shows until then what it was before.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from . import shapes
from .calls import Call, Endpoint
from .errors import Json, ValidationError
from .forms import Integer, Kind, ListOf, Text

LAG_SECONDS = 60.0
"""As Stripe says of a good day."""
FIELDS: dict[str, dict[str, str]] = {
    "payment_intent": {
        "amount": "number", "created": "number", "currency": "token", "customer": "token", "status": "token",
    },
    "charge": {
        "amount": "number", "created": "number", "currency": "token", "customer": "token", "disputed": "token",
        "refunded": "token", "status": "token",
    },
    "customer": {"created": "number", "email": "text", "name": "text", "phone": "text"},
}  # fmt: skip
MOST_CLAUSES, SHORTEST_PART = 10, 3
_CLAUSE = re.compile(
    r"""\s*(?P<join>(?:AND|OR)\s+)?(?P<no>-)?
    (?:metadata\[(?P<q>["'])(?P<key>[^"']+)(?P=q)\]|(?P<field>[a-z_.]+))
    (?P<sign>:|~|>=|<=|>|<)
    (?:(?P<mark>["'])(?P<text>(?:\\.|(?!(?P=mark)).)*)(?P=mark)|(?P<word>null|-?[0-9]+))(?=\s|$)""",
    re.VERBOSE,
)
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    ":": lambda one, other: one == other,
    ">": lambda one, other: one > other,
    "<": lambda one, other: one < other,
    ">=": lambda one, other: one >= other,
    "<=": lambda one, other: one <= other,
}


@dataclass(frozen=True)
class Clause:
    """One condition of a query."""

    field: str
    """A field, or `metadata.<key>`."""
    kind: str
    sign: str
    value: str | None
    negated: bool

    def fits(self, row: Json) -> bool:
        """Whether the object fulfils it."""
        return self._meets(row) != self.negated

    def _meets(self, row: Json) -> bool:
        head, _, key = self.field.partition(".")
        found = row["metadata"].get(key) if head == "metadata" else row[self.field]
        if self.value is None or found is None:
            return self.value is None and found is None
        if self.kind == "number":
            return _NUMBERS[self.sign](int(found), int(self.value))
        text = str(found).lower()
        return self.value.lower() in text if self.sign == "~" else self.value.lower() == text


def read_query(query: str, fields: dict[str, str]) -> tuple[list[Clause], bool]:
    """The clauses, and whether one of them is enough. Raises what Stripe answers to a query that it cannot read."""
    clauses: list[Clause] = []
    joins: set[str] = set()
    place = 0
    while query[place:].strip():
        match = _CLAUSE.match(query, place)
        if match is None or bool(match["join"]) > bool(clauses):
            raise _refused(f"We were unable to parse your search query near `{query[place:].strip()[:40]}`.")
        joins |= {(match["join"] or "AND").strip()} if clauses else set()
        clauses.append(_clause(match, fields))
        place = match.end()
    if not clauses or len(clauses) > MOST_CLAUSES:
        raise _refused(f"A search query has between 1 and {MOST_CLAUSES} clauses.")
    if len(joins) > 1:
        raise _refused("AND and OR cannot be mixed in one search query.")
    return clauses, joins == {"OR"}


def _clause(match: re.Match[str], fields: dict[str, str]) -> Clause:
    name = f"metadata.{match['key']}" if match["key"] else match["field"]
    kind = "token" if match["key"] else fields.get(name)
    if kind is None:
        raise _refused(f"Field `{name}` is an unsupported search field.")
    value = re.sub(r"\\(.)", r"\1", match["text"]) if match["mark"] else match["word"]
    value = None if value == "null" and not match["mark"] else value
    sign = match["sign"]
    if kind == "number" and (value is None or not re.fullmatch(r"-?[0-9]+", value) or sign == "~"):
        raise _refused(f"Field `{name}` is compared with a whole number.")
    if kind != "number" and sign not in {":", "~"}:
        raise _refused(f"Field `{name}` has no order: use `:`.")
    if sign == "~" and (kind != "text" or len(value or "") < SHORTEST_PART):
        raise _refused(f"Field `{name}` is not searched by such a part of it.")
    return Clause(name, kind, sign, value, bool(match["no"]))


def _refused(told: str) -> ValidationError:
    return ValidationError(told, param="query")


def search(kind: str) -> Callable[[Call, Json], Json]:
    """The endpoint for one kind of objects."""

    def find(call: Call, params: Json) -> Json:
        clauses, one_is_enough = read_query(params["query"], FIELDS[kind])
        enough = any if one_is_enough else all
        known = (_as_indexed(call, row) for row in reversed(call.store.all(call.account, kind)))
        rows = [row for row in known if row is not None and enough(clause.fits(row) for clause in clauses)]
        first, limit = _first(params.get("page")), params.get("limit", 10)
        more = len(rows) > first + limit
        return {
            "object": "search_result",
            "url": f"/v1/{kind}s/search",
            "has_more": more,
            "next_page": _token(first + limit) if more else None,
            "data": rows[first : first + limit],
        }

    return find


def _as_indexed(call: Call, row: Json) -> Json | None:
    """The object as it was when the index last looked, by the last event before; None when it was not there yet."""
    looked = shapes.now() - call.search_lag
    if row["created"] > looked or row.get("deleted"):
        return None
    events = call.store.all(call.account, "event")
    news = [event for event in events if event["data"]["object"].get("id") == row["id"]]
    if not any(event["created"] > looked for event in news):
        return row
    before = [event["data"]["object"] for event in news if event["created"] <= looked]
    return dict(before[-1]) if before else None


def _token(first: int) -> str:
    return base64.urlsafe_b64encode(f"from {first}".encode()).decode()


def _first(page: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(page).decode().removeprefix("from ")) if page else 0
    except (binascii.Error, ValueError) as error:
        raise ValidationError("Invalid page: use the `next_page` of the answer before.", param="page") from error


_SEARCHING: dict[str, Kind] = {
    "query": Text(required=True),
    "limit": Integer(least=1, most=100),
    "page": Text(),
    "expand": ListOf(Text()),
}
ENDPOINTS = tuple(Endpoint("GET", f"/v1/{kind}s/search", search(kind), _SEARCHING) for kind in FIELDS)
