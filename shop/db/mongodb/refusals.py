"""What MongoDB would answer wrongly without a word is refused here, with one sentence that says what to do."""
# ruff: noqa: SLF001  # Query._db is where Django keeps the alias of using()

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import NotSupportedError, router
from django.db.models import Field, Model
from django.db.models.sql.query import Query


def refuse_value(field: Field[Any, Any], value: Any) -> None:
    """`update(x=Subquery(...))` would store null."""
    if getattr(value, "contains_subquery", False) or getattr(value, "subquery", False):
        raise NotSupportedError(
            f"update({field.name}=<sub-query>) would store null on MongoDB. Read the value first, then update."
        )


def refuse_inserted_expression(field: Field[Any, Any], value: Any) -> None:
    """An insert takes values; expressions are not evaluated."""
    raise NotSupportedError(
        f"{field.name} is inserted as the expression {value!r}; MongoDB inserts plain values. Compute it in Python."
    )


def refuse_query(query: Query) -> None:
    """Clauses that the backend would drop."""
    if query.distinct_fields:
        raise NotSupportedError("distinct() on fields is not supported on MongoDB.")
    if query.select_for_update and (query.select_for_update_nowait or query.select_for_update_skip_locked):
        raise NotSupportedError(
            "select_for_update(nowait/skip_locked) has no meaning on MongoDB, which locks no rows. Claim rows by a "
            "conditional update and its row count."
        )


def refuse_foreign_aliases(query: Query, others: Iterable[Query], using: str) -> None:
    """A sub-query or join of a model that lives in another database would find nothing."""
    home: str | None = None
    for other in others:
        explicit = getattr(other, "_db", None)
        if explicit is None and other.model is not None and query.model is not None:
            home = home or router.db_for_read(query.model)
            explicit = using if router.db_for_read(other.model) == home else router.db_for_read(other.model)
        if explicit not in {None, using}:
            raise _across(other.model, explicit, using)


def refuse_joins(query: Query, using: str) -> None:
    """Joins to another database, and joins with conditions of their own (FilteredRelation)."""
    home: str | None = None
    for alias, join in query.alias_map.items():
        relation = getattr(join, "join_field", None)
        if relation is None or not query.alias_refcount[alias]:
            continue
        if getattr(join, "filtered_relation", None) is not None:
            raise NotSupportedError("FilteredRelation is not supported on MongoDB; its condition would be ignored.")
        home = home or router.db_for_read(relation.model if query.model is None else query.model)
        there = router.db_for_read(relation.related_model)
        if there != home:
            raise _across(relation.related_model, there, using)


def _across(model: type[Model] | None, there: str | None, here: str) -> NotSupportedError:
    name = model._meta.label if model is not None else "a query"
    return NotSupportedError(
        f"{name} lives in database {there!r}, the query runs in {here!r}, where it would find nothing. "
        "Fetch the ids first: list(queryset)."
    )
