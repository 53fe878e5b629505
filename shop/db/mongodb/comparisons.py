"""Comparisons of two expressions, which in SQL are never true when one side is NULL.

For MongoDB's expressions NULL is a value like another: equal to itself and smaller than all others, so that
`filter(a=F("b"))` would find the rows where both are NULL, and `filter(price__gt=<sub-query without rows>)` all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _comparison(operator: str, guarded: int) -> Callable[[Any, Any], Any]:
    """`guarded` is the side whose NULL would make it true; a NULL on the other side makes it false already."""

    def compare(left: Any, right: Any) -> Any:
        truth = {operator: [left, right]}
        side = (left, right)[guarded]
        known = (left, right) if operator == "$eq" else (side,)
        if any(map(_is_constant, known)):
            return truth
        return {"$and": [truth, is_not_null(side)]}

    return compare


def _in(left: Any, right: Any) -> Any:
    return {"$and": [{"$in": [left, right]}, is_not_null(left)]}


def _range(left: Any, bounds: Any) -> Any:
    low, high = bounds
    return {"$and": [OPERATORS["gte"](left, low), OPERATORS["lte"](left, high)]}


def is_not_null(expression: Any) -> dict[str, Any]:
    """Neither null nor missing: both sort before every other value."""
    return {"$gt": [expression, None]}


def _is_constant(expression: Any) -> bool:
    """Something that is known not to be null."""
    if isinstance(expression, dict):
        return expression.get("$literal") is not None
    return expression is not None and not (isinstance(expression, str) and expression.startswith("$"))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "exact": _comparison("$eq", 0),
    "gt": _comparison("$gt", 1),
    "gte": _comparison("$gte", 1),
    "lt": _comparison("$lt", 0),
    "lte": _comparison("$lte", 0),
    "in": _in,
    "range": _range,
}
