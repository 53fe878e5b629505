"""A column with a ``db_default`` may be absent from a document: it counts as its default wherever it is spoken of.

MongoDB has no defaults of its own. A process of an older release inserts documents without the columns that were added
since, and no server fills them in, as SQL's DEFAULT does. So the validator of such a column does not require it, and
reading, filters, order, totals and check constraints take the default for what is not there. Whoever takes the
``db_default`` away, in the release after, fills these documents and requires the column (`schema.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import NotSupportedError
from django.db.models import NOT_PROVIDED
from django.db.models.expressions import Col, Value
from django.db.models.lookups import Exact, In, Lookup

from . import private

Document = dict[str, Any]

KINDS = {"bool", "date", "decimal", "double", "int", "long", "string"}


# -- what may have one -------------------------------------------------------------------------------------------------


def has_default(field: Any) -> bool:
    """Is it a column that may be absent? A copy of one that stands for a computed value (it has no model) is none."""
    return getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED and hasattr(field, "model")


def stored(field: Any, connection: Any) -> Any:
    """The default as the server keeps it."""
    given = field.db_default
    return field.get_db_prep_value(given.value if isinstance(given, Value) else given, connection, prepared=False)


def refuse_default(field: Any, connection: Any) -> None:
    """Say at migrate time which defaults cannot be meant by absence."""
    if getattr(field, "db_default", NOT_PROVIDED) is NOT_PROVIDED:
        return
    plain = isinstance(field.db_default, Value) or not hasattr(field.db_default, "resolve_expression")
    if not plain:
        raise _refused(field, "is computed, and MongoDB computes no defaults. Use a plain value")
    if field.null:
        raise _refused(field, "is of a column that may be NULL, which is what an absent one is. Use null=True alone")
    if field.unique or field.remote_field is not None or field.db_type(connection) not in KINDS:
        raise _refused(field, "is of a relation, a unique column, or a kind that has none. Use null=True instead")


def refuse_unique(field: Any, name: str) -> None:
    """To an index an absent column is NULL: it would not keep it unique."""
    if has_default(field):
        raise _refused(field, f"would not count in {name!r}. Use null=True instead")


def refuse_condition(field: Any, name: str, values: Iterable[Any] | None, connection: Any) -> None:
    """To an index an absent column is NULL: a condition that its default meets would pass it over.

    `values` are those that the condition asks for, None if it asks for something else than equality.
    """
    if has_default(field) and (values is None or stored(field, connection) in values):
        raise _refused(field, f"would not count in {name!r}. Use null=True instead")


def _refused(field: Any, why: str) -> NotSupportedError:
    return NotSupportedError(f"The db_default of {field} {why}.")


# -- what counts -------------------------------------------------------------------------------------------------------


def or_default(path: str, field: Any, connection: Any) -> Any:
    """The expression of a column of the document itself."""
    return {"$ifNull": [path, {"$literal": stored(field, connection)}]} if has_default(field) else path


def when_absent(field: Any, connection: Any) -> Any:
    """What a document says that is silent about the column: its default, or NULL."""
    return stored(field, connection) if has_default(field) else None


def criterion(field: Any, value: Any, connection: Any) -> Any:
    """The condition that a column equals a stored value, in words for which an index is used."""
    silent = has_default(field) and value == stored(field, connection)
    return {"$in": [value, None]} if silent else value


@functools.wraps(private.column)
def _column(
    self: Any,
    compiler: Any,
    connection: Any,
    as_expr: bool = False,  # noqa: FBT001, FBT002  # the backend's signature
) -> Any:
    """Col.as_mql: as an expression it is the default where the column is absent, and not where a row is (LEFT JOIN)."""
    path = private.column(self, compiler, connection, as_expr=as_expr)
    if not as_expr or not has_default(self.target) or path.startswith("$$"):
        return path  # "$$" names a variable, which has got the default where it was bound
    if _is_of_base(self, compiler):
        return or_default(path, self.target, connection)
    absent = {"$eq": [{"$type": path}, "missing"]}
    there = {"$gt": [f"${self.alias}", {"$literal": {}}]}  # a joined row that is not there is an empty document
    return {"$cond": [{"$and": [absent, there]}, {"$literal": stored(self.target, connection)}, path]}


def _is_of_base(column: Any, compiler: Any) -> bool:
    return not column.alias or column.alias == compiler.collection_name


def _can_use_path(self: Any) -> bool:
    """Lookup.can_use_path: comparisons other than for equality are left to the expression, which knows the default."""
    if isinstance(self.lhs, Col) and has_default(self.lhs.target) and not isinstance(self, Exact | In):
        return False
    return bool(private.can_use_path.fget(self))


def _by_equality(backend: Any) -> Any:
    """as_mql_path of `exact` and `in`: who asks for the default asks for absent columns too, still by an index."""

    @functools.wraps(backend)
    def as_mql_path(self: Any, compiler: Any, connection: Any) -> Any:
        if not isinstance(self.lhs, Col) or not has_default(self.lhs.target):
            return backend(self, compiler, connection)
        if not _is_of_base(self.lhs, compiler):
            return {"$expr": self.as_mql_expr(compiler, connection)}
        found: Document = backend(self, compiler, connection)
        [(path, given)] = found.items()
        values = list(given["$in"]) if isinstance(self, In) else [given]
        return {path: {"$in": [*values, None]}} if stored(self.lhs.target, connection) in values else found

    return as_mql_path


# -- what is read ------------------------------------------------------------------------------------------------------


def project(fields: Document, columns: Iterable[tuple[str, Any]], compiler: Any) -> None:
    """A projection takes the default along, so that what goes on with it (order, DISTINCT, UNION) sees it."""
    for name, column in columns:
        if isinstance(column, Col) and name == column.target.column and has_default(column.target):
            holder = fields if _is_of_base(column, compiler) else fields[column.alias]
            holder[name] = _column(column, compiler, compiler.connection, as_expr=True)


def filled(rows: Any, columns: Iterable[tuple[str, Any]], compiler: Any) -> Any:
    """The documents with their absent columns; the very cursor where no column may be absent."""
    gaps = [
        (None if _is_of_base(column, compiler) else column.alias, name, stored(column.target, compiler.connection))
        for name, column in columns
        if isinstance(column, Col) and has_default(column.target)
    ]
    return _filled(rows, gaps) if gaps else rows


def _filled(rows: Iterable[Document], gaps: list[tuple[str | None, str, Any]]) -> Iterator[Document]:
    for row in rows:
        for alias, name, default in gaps:
            holder = row if alias is None else row.get(alias)
            if holder:  # a joined row that is not there has no columns
                holder.setdefault(name, default)
        yield row


# -- where the backend asks --------------------------------------------------------------------------------------------


def install() -> None:
    """Take the places of the backend's own functions, which it has put into Django's classes."""
    places: tuple[tuple[Any, str, Any], ...] = (
        (Col, "as_mql", _column),
        (Lookup, "can_use_path", property(_can_use_path)),
        (Exact, "as_mql_path", _by_equality(private.builtin_lookup_path)),
        (In, "as_mql_path", _by_equality(private.in_path)),
    )
    for owner, name, ours in places:
        setattr(owner, name, ours)
