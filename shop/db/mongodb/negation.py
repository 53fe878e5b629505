"""NOT of a comparison of computed values, which in SQL is not true either when a value is NULL.

Django words NOT so that nullable columns answer as promised, but leaves computed values (annotations, JSON paths) to
SQL's logic of three values. MongoDB knows two, so `exclude(total__gt=5)` would find the rows without a total. Here NOT
is moved to the comparisons, and a computed operand is asked not to be NULL besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models.expressions import Col, Value
from django.db.models.lookups import IsNull, Lookup
from django.db.models.sql.query import Query
from django.db.models.sql.where import AND, OR, XOR, WhereNode


def guarded(node: WhereNode) -> WhereNode:
    """The same condition, if need be in other words; what needs none stays the same object."""
    return _told(node, negated=False) if _needs_words(node, negated=False) else node


def _told(node: Any, *, negated: bool) -> Any:
    if isinstance(node, WhereNode) and node.connector != XOR:
        inner = negated != node.negated
        connector = node.connector if not inner else OR if node.connector == AND else AND
        return WhereNode([_told(child, negated=inner) for child in node.children], connector)
    if not negated:
        return node
    known = [operand.get_lookup("isnull")(operand, False) for operand in _computed(node)]
    return WhereNode([WhereNode([node], negated=True), *known])


def _needs_words(node: Any, *, negated: bool) -> bool:
    if isinstance(node, WhereNode):
        if node.connector == XOR:
            return False
        return any(_needs_words(child, negated=negated != node.negated) for child in node.children)
    return negated and any(True for _ in _computed(node))


def _computed(leaf: Any) -> Iterator[Any]:
    """The operands that may be NULL and are no plain columns."""
    if not isinstance(leaf, Lookup) or isinstance(leaf, IsNull) or leaf.lookup_name == "isnull":
        return
    for operand in (leaf.lhs, leaf.rhs):
        plain = isinstance(operand, Col | Value | Query) or not hasattr(operand, "get_lookup")
        if not plain and not getattr(operand, "conditional", False) and not getattr(operand, "subquery", False):
            yield operand
