"""Django's queries compiled for MongoDB: the backend's compilers, made safe."""
# mypy: allow-subclassing-any
# ruff: noqa: SLF001  # Query._* and Model._meta are Django's interface to compilers

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from bson import json_util
from bson.errors import BSONError
from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import DataError, InterfaceError, NotSupportedError
from django.db.models import Case, Count, DecimalField, IntegerField, Sum, Value, When
from django.db.models.expressions import Col, DatabaseDefault, ExpressionWrapper
from django.db.models.functions import Round
from django.db.models.lookups import GreaterThan
from django.db.models.sql import Query
from django.db.models.sql.constants import MULTI
from django.db.models.sql.where import ExtraWhere, WhereNode
from pymongo.errors import PyMongoError

from . import absent, refusals
from .comparisons import is_not_null
from .negation import guarded
from .private import backend_compiler
from .query import EngineQuery
from .writing import at_most_one, whole

PREFETCHED = "_prefetch_related_val_"
CHUNK = 10_000


class EngineCompiler(backend_compiler.SQLCompiler):
    """What all compilers of this engine share."""

    query_class = EngineQuery
    is_outermost = False

    def pre_sql_setup(self, *args: Any, **kwargs: Any) -> Any:
        """Understand prefetch_related() over M2M, which Django words as extra()."""
        self._annotate_prefetched()
        self.query.where = guarded(self.query.where)
        return super().pre_sql_setup(*args, **kwargs)

    def build_query(self, columns: Any = None) -> Any:
        """Compile, and refuse what would be answered wrongly."""
        refusals.refuse_query(self.query)
        if isinstance(self, (SQLUpdateCompiler, SQLDeleteCompiler)):  # which have no pre_sql_setup() of their own
            self.query.where = guarded(self.query.where)
        try:
            query = super().build_query(columns)
        except AttributeError as error:
            if isinstance(error.obj, ExtraWhere):
                raise NotSupportedError("QuerySet.extra() is not supported on MongoDB.") from error
            if error.name not in {"as_mql", "as_mql_expr", "as_mql_path"}:
                raise
            raise NotSupportedError(f"{type(error.obj).__name__} is not supported on MongoDB.") from error
        if query.lookup_pipeline:
            refusals.refuse_joins(self.query, self.using)
            query.joins_are_to_one = self._joins_are_to_one()
        if self.subqueries:
            others = [part.query for part in self.subqueries if part.query is not self.query]
            refusals.refuse_foreign_aliases(self.query, others, self.using)
        return query

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Run the query that was asked for, as opposed to compiling one inside another."""
        self.is_outermost = True
        return super().execute_sql(*args, **kwargs)

    def explain_query(self) -> list[str]:
        """What the server says about the very command that the query would run."""
        options = self.connection.ops.explain_query_prefix(
            self.query.explain_info.format, **self.query.explain_info.options
        )
        self.pre_sql_setup()
        plain = not self.query.annotations and self.query.default_cols and not self.query.distinct
        command = self.build_query(None if plain else self.columns).command()
        plan = self.connection.database.command("explain", command, **options)
        return [json_util.dumps(plan, indent=2, ensure_ascii=False)]

    def cursor_iter(self, cursor: Any, chunk_size: int, columns: Any) -> Iterator[Any]:
        """Tell a failure while reading as Django does; leave the cursor to the process that opened it."""
        process = os.getpid()
        try:
            found = absent.filled(cursor, columns, self)
            for rows in super().cursor_iter(found, chunk_size, columns):
                yield rows
                if os.getpid() != process:
                    raise InterfaceError("The process was forked while it read these rows; ask again in the child.")
        except PyMongoError as error:
            raise self.connection.broken_by(error) from error

    def get_project_fields(self, columns: Any = None, ordering: Any = None, force_expression: bool = False) -> Any:  # noqa: FBT001, FBT002  # the backend's signature
        """With the defaults of columns that may be absent."""
        fields = super().get_project_fields(columns, ordering, force_expression)
        if fields and not force_expression:
            absent.project(fields, columns + (ordering or ()), self)
        return fields

    def _build_aggregation_pipeline(self, ids: Any, group: dict[str, Any]) -> Any:
        """Totals without GROUP BY: a plain $group, which counts by index alone. No rows, no document: Django then
        answers with each aggregate's empty value, so that needs one."""
        if ids or not self.is_outermost or not self.elide_empty:
            return super()._build_aggregation_pipeline(ids, group)
        empty = (expression.empty_result_set_value for expression in self.query.annotation_select.values())
        if any(value is NotImplemented for value in empty):
            return super()._build_aggregation_pipeline(ids, group)
        return [{"$group": {**group, "_id": None}}]

    def _get_replace_expr(self, sub_expr: Any, group: dict[str, Any], alias: str) -> Any:
        """The backend counts Count(x, distinct=True, filter=…) as one at most; a CASE says the same and is right."""
        if isinstance(sub_expr, Count) and getattr(sub_expr, "distinct", False) and sub_expr.filter is not None:
            node = sub_expr.copy()
            node.filter = None
            counted, *others = node.get_source_expressions()
            node.set_source_expressions([Case(When(sub_expr.filter, then=counted)), *others])
            sub_expr = node
        replacing = super()._get_replace_expr(sub_expr, group, alias)
        return self._null_for_nothing(sub_expr, replacing, group, alias) if isinstance(sub_expr, Sum) else replacing

    def _null_for_nothing(self, total: Any, replacing: Any, group: dict[str, Any], alias: str) -> Any:
        """SQL's SUM of nothing is NULL, the server's 0: count what was added up."""
        added = total.as_mql(self, self.connection, resolve_inner_expression=True, as_expr=True)
        counted = f"{alias}__counted"
        group[counted] = {"$sum": {"$cond": [is_not_null(added), 1, 0]}}
        column: Any = IntegerField(db_column=counted)
        column.set_attributes_from_name(counted)
        some = GreaterThan(Col(self.collection_name, column), Value(0))
        return Case(When(some, then=replacing), output_field=total.output_field)

    def _joins_are_to_one(self) -> bool:
        joins = (
            join.join_field
            for alias, join in self.query.alias_map.items()
            if self.query.alias_refcount[alias] and getattr(join, "join_field", None) is not None
        )
        return all(getattr(join, "many_to_one", False) or getattr(join, "one_to_one", False) for join in joins)

    def _annotate_prefetched(self) -> None:
        extra = self.query.extra
        if not extra or not all(name.startswith(PREFETCHED) for name in extra):
            return
        for name, (words, _) in list(extra.items()):
            table, column = words.split(".")
            alias = next(
                alias
                for alias, join in self.query.alias_map.items()
                if join.table_name == table and self.query.alias_refcount[alias]
            )
            self.query.annotations[name] = Col(alias, _field_of(table, column))
            if self.query.annotation_select_mask is not None:
                self.query.set_annotation_mask({*self.query.annotation_select_mask, name})
        self.query.extra = {}
        self.query._annotation_select_cache = None

    def _first_select_ids(self) -> list[Any]:
        """The keys of the rows that a joined condition means."""
        query = self.query.chain(klass=Query)
        query.select_related = False
        query.clear_ordering(force=True)
        query.extra, query.select, query.default_cols = {}, (), False
        query.add_fields([query.get_meta().pk.name])
        rows = query.get_compiler(self.using).execute_sql(MULTI)
        return [row[0] for chunk in rows for row in chunk]

    def _is_joined(self) -> bool:
        self.query.get_initial_alias()
        return self.query.count_active_tables() > 1 or _has_subquery(self.query.where)


class SQLCompiler(EngineCompiler):
    """SELECT."""


class SQLInsertCompiler(EngineCompiler, backend_compiler.SQLInsertCompiler):
    """INSERT."""

    def execute_sql(self, returning_fields: Any = None) -> Any:
        """Refuse expressions, which the server would not evaluate."""
        for row in self.query.objs:
            for field in self.query.fields:
                value: Any = getattr(row, field.attname)
                if isinstance(value, DatabaseDefault):
                    value = value.expression  # type: ignore[attr-defined]  # unknown to the stubs
                if isinstance(value, Value):
                    setattr(row, field.attname, value.value)
                elif hasattr(value, "resolve_expression"):
                    refusals.refuse_inserted_expression(field, value)
        return super().execute_sql(returning_fields)

    def insert(self, docs: list[dict[str, Any]], returning_fields: Any = None) -> Any:
        """Store one document, or all of several."""
        collection = self.collection
        try:
            if len(docs) == 1:
                ids = [collection.insert_one(docs[0], session=self.connection.session).inserted_id]
            else:
                ids = whole(self.connection, lambda session: collection.insert_many(docs, session=session).inserted_ids)
        except PyMongoError as error:
            raise self.connection.broken_by(error) from error
        except (BSONError, OverflowError) as error:
            raise DataError(str(error)) from error
        return [(key,) for key in ids] if returning_fields else []


class SQLDeleteCompiler(EngineCompiler, backend_compiler.SQLDeleteCompiler):
    """DELETE."""

    def execute_sql(self, result_type: str = MULTI) -> int:  # noqa: ARG002  # Django's signature
        """The number of rows deleted."""
        try:
            if self._is_joined():
                return whole(self.connection, lambda _: self._delete_by_ids())
            return self._delete()
        except PyMongoError as error:
            raise self.connection.broken_by(error) from error

    def check_query(self) -> None:
        """A joined condition never comes this far."""
        EngineCompiler.check_query(self)

    def _delete_by_ids(self) -> int:
        ids = self._first_select_ids()
        options = {"session": self.connection.session}
        column = self.query.get_meta().pk.column
        return sum(
            self.collection.delete_many({column: {"$in": self._stored_keys(part)}}, **options).deleted_count
            for part in _chunks(ids)
        )

    def _stored_keys(self, keys: list[Any]) -> list[Any]:
        pk = self.query.get_meta().pk
        return [pk.get_db_prep_value(key, self.connection, prepared=False) for key in keys]

    def _delete(self) -> int:
        criteria = _criteria(self)
        if criteria is None:
            return 0
        if at_most_one(self.query.model, criteria):
            return int(self.collection.delete_one(criteria, session=self.connection.session).deleted_count)
        collection = self.collection
        return whole(
            self.connection, lambda session: int(collection.delete_many(criteria, session=session).deleted_count)
        )


class SQLUpdateCompiler(EngineCompiler, backend_compiler.SQLUpdateCompiler):
    """UPDATE."""

    def execute_sql(self, result_type: str) -> int:
        """The number of rows that the condition met."""
        self._check_values()
        try:
            if self._is_joined():
                return whole(self.connection, lambda _: self._update_by_ids(result_type))
            return int(super().execute_sql(result_type))
        except PyMongoError as error:
            raise self.connection.broken_by(error) from error
        except (BSONError, OverflowError) as error:
            raise DataError(str(error)) from error

    def check_query(self) -> None:
        """A joined condition never comes this far."""
        EngineCompiler.check_query(self)

    def update(self, criteria: Any, pipeline: list[dict[str, Any]]) -> int:
        """Change the rows that the condition meets, all or none."""
        change = _plain(pipeline)
        collection = self.collection
        if at_most_one(self.query.model, criteria):
            return int(collection.update_one(criteria, change, session=self.connection.session).matched_count)
        return whole(
            self.connection,
            lambda session: int(collection.update_many(criteria, change, session=session).matched_count),
        )

    def _check_values(self) -> None:
        """Refuse sub-queries, and keep computed decimals at their column's places, as NUMERIC does."""
        values = []
        for field, model, given in self.query.values:
            refusals.refuse_value(field, given)
            value = given
            if isinstance(field, DecimalField) and hasattr(given, "resolve_expression"):
                value = Round(ExpressionWrapper(given, output_field=field), precision=field.decimal_places)
            values.append((field, model, value))
        self.query.values = values

    def _update_by_ids(self, result_type: str) -> int:
        rows = 0
        for part in _chunks(self._first_select_ids()):
            query = self.query.clone()  # chain() would forget the values
            query.clear_where()
            for alias in list(query.alias_map):
                if alias != query.base_table:
                    query.alias_refcount[alias] = 0
            query.add_filter("pk__in", part)
            rows += query.get_compiler(self.using).execute_sql(result_type)
        return rows


class SQLAggregateCompiler(EngineCompiler, backend_compiler.SQLAggregateCompiler):
    """Totals over a sub-query."""


def _criteria(compiler: Any) -> Any:
    """The condition of a query, None when nothing can meet it."""
    try:
        return compiler.build_query().match_mql
    except EmptyResultSet:
        return None


def _chunks(ids: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _field_of(table: str, column: str) -> Any:
    """The field of an M2M table's column."""
    models = apps.get_models(include_auto_created=True)
    model = next(model for model in models if model._meta.db_table == table)
    return next(field for field in model._meta.local_fields if field.column == column)


def _has_subquery(node: Any) -> bool:
    if isinstance(node, WhereNode):
        return any(_has_subquery(child) for child in node.children)
    right = getattr(node, "rhs", None)
    return bool(
        getattr(node, "contains_subquery", False) or getattr(right, "subquery", False) or hasattr(right, "get_compiler")
    )


def _plain(pipeline: list[dict[str, Any]]) -> Any:
    """A classic $set when every value is a constant: it costs the server less than a pipeline."""
    values = pipeline[0]["$set"]
    if len(pipeline) == 1 and all(isinstance(value, dict) and set(value) == {"$literal"} for value in values.values()):
        return {"$set": {column: value["$literal"] for column, value in values.items()}}
    return pipeline
