"""Indexes that MongoDB's planner can use for Django's look-ups.

The backend filters unique indexes by ``$type``, which the planner cannot prove from ``{"sku": "A1"}``, so every unique
look-up scans the collection. Here a NOT NULL column needs no filter at all (the validator keeps nulls out), and a
nullable one is filtered by "at least the smallest value of its type", which a look-up implies.
"""
# ruff: noqa: SLF001  # Model._meta is Django's documented interface

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import NotSupportedError
from django.db.models import Field, Index, Model, UniqueConstraint
from pymongo import ASCENDING, DESCENDING, IndexModel

from .absent import refuse_unique
from .conditions import ConditionCompiler, not_null


@dataclass(frozen=True)
class IndexOptions:
    """What an index of Django cannot say about itself."""

    unique: bool = False
    nulls_distinct: bool = True
    altered: Field[Any, Any] | None = None  # the new state of the only field, while the model still has the old one


def index_model(model: type[Model], index: Index, connection: Any, options: IndexOptions) -> IndexModel:
    """The pymongo index of a Django index or unique constraint."""
    if index.contains_expressions:
        raise NotSupportedError(f"Index {index.name!r} of {model._meta.label} is on an expression; MongoDB has none.")
    fields: list[tuple[Any, str]] = [
        (options.altered or model._meta.get_field(name), order) for name, order in index.fields_orders
    ]
    for field, _ in fields if options.unique else ():
        refuse_unique(field, index.name)
    keys = [(field.column, DESCENDING if order == "DESC" else ASCENDING) for field, order in fields]
    filters = []
    if index.condition is not None:
        filters.append(ConditionCompiler(model, connection, index.name).index_filter(index.condition))
    if options.unique and options.nulls_distinct:
        filters += [{field.column: not_null(field, connection)} for field, _ in fields if field.null]
    keywords: dict[str, Any] = {"unique": True} if options.unique else {}
    if filters:
        keywords["partialFilterExpression"] = filters[0] if len(filters) == 1 else {"$and": filters}
    return IndexModel(keys, name=index.name, **keywords)


def refuse_unsupported(model: type[Model], constraint: UniqueConstraint) -> None:
    """Say at migrate time what the backend would leave out silently."""
    for what in ("expressions", "deferrable", "include", "opclasses"):
        if getattr(constraint, what):
            raise NotSupportedError(
                f"Unique constraint {constraint.name!r} of {model._meta.label} uses {what}, unknown to MongoDB."
            )
