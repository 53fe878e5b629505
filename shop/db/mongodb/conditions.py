"""Conditions of check and unique constraints as the server can keep them.

A check condition becomes an aggregation expression with SQL's logic of three values: a check fails only when it is
false, and a comparison with NULL is neither true nor false. An index condition becomes a partial filter. What cannot
be said exactly is refused when migrating.

Check constraints may use: the lookups in `COMPARISONS`, ``in``, ``range``, ``isnull``, ``startswith``, ``endswith``,
``contains`` and ``regex`` on columns; values, ``F()`` and ``+ - *`` of them on the right; ``&``, ``|`` and ``~``.
Conditions of unique constraints and indexes may use: ``exact``, ``gt``, ``gte``, ``lt``, ``lte``, ``in``, ``isnull``
with plain values; ``&`` and ``|``.
"""
# ruff: noqa: SLF001  # Model._meta is Django's documented interface

from __future__ import annotations

import re
from typing import Any

from django.db import NotSupportedError
from django.db.models import Field, Model, Q
from django.db.models.expressions import BaseExpression, Col, Combinable, CombinedExpression, Value
from django.db.models.lookups import Lookup
from django.db.models.sql.query import Query
from django.db.models.sql.where import AND, OR, WhereNode

from .absent import or_default, refuse_condition

COMPARISONS = {"exact": "$eq", "gt": "$gt", "gte": "$gte", "lt": "$lt", "lte": "$lte"}
PATTERNS = {"startswith": "^{}", "endswith": "{}$", "contains": "{}"}
ARITHMETIC = {Combinable.ADD: "$add", Combinable.SUB: "$subtract", Combinable.MUL: "$multiply"}
LOWEST = {
    # The smallest value of each type: a filter "at least that" means "not null" in words that the planner can use.
    "string": "",
    "bool": False,
}


class ConditionCompiler:
    """Turns the condition of one constraint of one model into MongoDB's words."""

    def __init__(
        self,
        model: type[Model],
        connection: Any,
        name: str,
        altered: Field[Any, Any] | None = None,
    ) -> None:
        self.model = model
        self.connection = connection
        self.name = name
        self.altered = altered
        """The new state of a field, while the model still has the old one."""

    # -- check constraints -----------------------------------------------------------------------------------------

    def check(self, condition: Q | BaseExpression) -> Any:
        """An expression that is false exactly when SQL's CHECK would fail."""
        return self._not_false(self._resolved(condition))

    def _not_false(self, node: Any, *, negated: bool = False) -> Any:
        """The node is not false; with `negated`: it is not true."""
        if isinstance(node, WhereNode):
            if node.connector not in {AND, OR}:
                raise self._refused("XOR")
            negated ^= node.negated
            parts = [self._not_false(child, negated=negated) for child in node.children]
            return {"$and" if (node.connector == AND) != negated else "$or": parts}
        if not isinstance(node, Lookup):
            raise self._refused(type(node).__name__)
        return self._leaf(node, negated=negated)

    def _leaf(self, lookup: Lookup[Any], *, negated: bool) -> Any:
        operands, truth = self._truth(lookup)
        if lookup.lookup_name == "isnull":
            return {"$not": [truth]} if negated else truth
        unknown = [_is_null(operand) for operand in operands if not _is_constant(operand)]
        return {"$or": [*unknown, {"$not": [truth]} if negated else truth]}

    def _truth(self, lookup: Lookup[Any]) -> tuple[list[Any], Any]:
        """The operands that may be null, and the comparison for when none is."""
        column, name, given = self._expression(lookup.lhs), lookup.lookup_name, lookup.rhs
        if name == "isnull":
            return [], _is_null(column) if given else {"$not": [_is_null(column)]}
        if name in COMPARISONS:
            other = self._operand(lookup, given)
            return [column, other], {COMPARISONS[name]: [column, other]}
        if name == "in":
            return [column], {"$in": [column, [self._operand(lookup, value) for value in given]]}
        if name == "range":
            low, high = (self._operand(lookup, value) for value in given)
            return [column, low, high], {"$and": [{"$gte": [column, low]}, {"$lte": [column, high]}]}
        if name == "regex" or name in PATTERNS:
            pattern = str(given) if name == "regex" else PATTERNS[name].format(re.escape(str(given)))
            return [column], {"$regexMatch": {"input": column, "regex": {"$literal": pattern}}}
        raise self._refused(f"the lookup {name!r}")

    def _operand(self, lookup: Lookup[Any], value: Any) -> Any:
        if hasattr(value, "resolve_expression"):
            return self._expression(value)
        return {"$literal": self._stored(lookup, value)}

    def _expression(self, node: Any) -> Any:
        if isinstance(node, Col):
            target = self._state_of(node.target)
            return or_default(f"${target.column}", target, self.connection)
        if isinstance(node, Value):
            return {"$literal": node.as_mql(None, self.connection)}  # type: ignore[attr-defined]  # the backend's
        if isinstance(node, CombinedExpression) and node.connector in ARITHMETIC:
            return {ARITHMETIC[node.connector]: [self._expression(node.lhs), self._expression(node.rhs)]}
        raise self._refused(type(node).__name__)

    # -- conditions of indexes -------------------------------------------------------------------------------------

    def index_filter(self, condition: Q) -> dict[str, Any]:
        """A partialFilterExpression."""
        return self._filter(self._resolved(condition))

    def _filter(self, node: Any) -> dict[str, Any]:
        if isinstance(node, WhereNode):
            if node.negated or node.connector not in {AND, OR}:
                raise self._refused("~ or ^ in an index condition")
            parts = [self._filter(child) for child in node.children]
            return parts[0] if len(parts) == 1 else {"$and" if node.connector == AND else "$or": parts}
        if not isinstance(node, Lookup) or not isinstance(node.lhs, Col):
            raise self._refused(type(node).__name__)
        return {str(node.lhs.target.column): self._filter_of(node, self._state_of(node.lhs.target))}

    def _filter_of(self, lookup: Lookup[Any], field: Any) -> Any:
        name, given = lookup.lookup_name, lookup.rhs
        asked = {"exact": [given], "in": given}.get(str(name))
        values = None if asked is None else [self._stored(lookup, value) for value in asked]
        refuse_condition(field, self.name, values, self.connection)
        if name == "isnull":
            return {"$eq": None} if given else not_null(field, self.connection)
        if hasattr(given, "resolve_expression"):
            raise self._refused("an expression in an index condition")
        if name in COMPARISONS:
            return {COMPARISONS[name]: self._stored(lookup, given)}
        if name == "in":
            return {"$in": [self._stored(lookup, value) for value in given]}
        raise self._refused(f"the lookup {name!r} in an index condition")

    # -- both ------------------------------------------------------------------------------------------------------

    def _resolved(self, condition: Q | BaseExpression) -> WhereNode:
        return Query(self.model, alias_cols=False).build_where(condition)  # type: ignore[arg-type]  # any condition

    def _state_of(self, field: Any) -> Any:
        return self.altered if self.altered is not None and field.name == self.altered.name else field

    def _stored(self, lookup: Lookup[Any], value: Any) -> Any:
        field = getattr(lookup.lhs, "output_field", None)
        if field is None:
            return value
        target = getattr(field, "target_field", field)
        return target.get_db_prep_value(value, self.connection, prepared=False)

    def _refused(self, what: str) -> NotSupportedError:
        return NotSupportedError(
            f"Constraint or index {self.name!r} of {self.model._meta.label}: MongoDB cannot enforce {what} here. "
            "See the list of conditions in the engine's README."
        )


def not_null(field: Any, connection: Any) -> dict[str, Any]:
    """A filter for "this column is not null" which the planner can prove from an ordinary comparison."""
    kind = field.db_type(connection)
    if kind in LOWEST:
        return {"$gte": LOWEST[kind]}
    if kind in {"int", "long", "double", "decimal"}:
        return {"$gte": float("-inf")}
    return {"$type": kind}


def _is_constant(expression: Any) -> bool:
    return isinstance(expression, dict) and expression.get("$literal") is not None


def _is_null(expression: Any) -> Any:
    """Null or missing: both sort before every other value."""
    return {"$lte": [expression, None]}
