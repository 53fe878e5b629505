"""Everything of django-mongodb-backend (and of Django's compiler) that this engine relies on, verified at start.

No other module imports the backend. Its interfaces are private, hence the exact pin: another version, or one whose
methods changed their shape, stops the start with one sentence instead of storing something wrong later.
"""
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import django_mongodb_backend
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col
from django.db.models.lookups import BuiltinLookup, In, Lookup
from django.db.models.sql.query import Query
from django_mongodb_backend import compiler as backend_compiler
from django_mongodb_backend.base import DatabaseWrapper as BackendWrapper
from django_mongodb_backend.features import DatabaseFeatures as BackendFeatures
from django_mongodb_backend.indexes import SearchIndex
from django_mongodb_backend.introspection import DatabaseIntrospection as BackendIntrospection
from django_mongodb_backend.operations import DatabaseOperations as BackendOperations
from django_mongodb_backend.query import MongoQuery as BackendQuery
from django_mongodb_backend.schema import DatabaseSchemaEditor as BackendSchemaEditor
from django_mongodb_backend.utils import OperationDebugWrapper

__all__ = [
    "BackendFeatures",
    "BackendIntrospection",
    "BackendOperations",
    "BackendQuery",
    "BackendSchemaEditor",
    "BackendWrapper",
    "OperationDebugWrapper",
    "SearchIndex",
    "backend_compiler",
    "builtin_lookup_path",
    "can_use_path",
    "column",
    "in_path",
    "verify",
]

VERSION = "5.2.4"

# What the backend has put into Django's classes, where this engine puts its own in front of it.
column: Any = Col.as_mql  # type: ignore[attr-defined]
can_use_path: Any = Lookup.can_use_path  # type: ignore[attr-defined]
builtin_lookup_path: Any = BuiltinLookup.as_mql_path  # type: ignore[attr-defined]
in_path: Any = In.as_mql_path  # type: ignore[attr-defined]

# owner -> {method: its parameters}; None for what is no plain function (properties, class attributes).
INTERFACES: dict[type, dict[str, str | None]] = {
    BackendWrapper: {
        "get_collection": "self, name, **kwargs",
        "get_database": "self",
        "get_connection_params": "self",
        "get_new_connection": "self, conn_params",
        "init_connection_state": "self",
        "close": "self",
        "close_pool": "self",
        "cursor": "self",
        "_driver_info": "self",
        "mongo_expr_operators": None,
    },
    BackendQuery: {
        "__init__": "self, compiler",
        "get_pipeline": "self",
        "get_cursor": "self",
        "delete": "self",
    },
    backend_compiler.SQLCompiler: {
        "pre_sql_setup": "self, with_col_aliases=False",
        "build_query": "self, columns=None",
        "check_query": "self",
        "cursor_iter": "self, cursor, chunk_size, columns",
        "_build_aggregation_pipeline": "self, ids, group",
        "_get_replace_expr": "self, sub_expr, group, alias",
        "get_project_fields": "self, columns=None, ordering=None, force_expression=False",
        "collection": None,
        "columns": None,
    },
    backend_compiler.SQLInsertCompiler: {"insert": "self, docs, returning_fields=None"},
    backend_compiler.SQLUpdateCompiler: {
        "execute_sql": "self, result_type",
        "update": "self, criteria, pipeline",
        "check_query": "self",
    },
    backend_compiler.SQLDeleteCompiler: {"execute_sql": "self, result_type='multi'"},
    backend_compiler.SQLAggregateCompiler: {"build_query": "self, columns=None"},
    BackendSchemaEditor: {
        "get_collection": "self, name",
        "get_database": "self",
        "_create_model_indexes": "self, model, column_prefix='', parent_model=None",
        "add_field": "self, model, field",
        "_alter_field": "self, model, old_field, new_field, old_type, new_type, old_db_params, new_db_params, "
        "strict=False",
    },
    BackendIntrospection: {"get_constraints": "self, cursor, table_name"},
    OperationDebugWrapper: {
        "profile_call": "self, func, args=(), kwargs=None",
        "log": "self, op, duration, args, kwargs=None",
    },
    BaseDatabaseWrapper: {
        "on_commit": "self, func, robust=False",
        "set_autocommit": "self, autocommit, force_begin_transaction_with_broken_autocommit=False",
        "validate_no_broken_transaction": "self",
    },
    Col: {"as_mql": "self, compiler, connection, as_expr=False"},
    Lookup: {"can_use_path": None, "as_mql": "self, compiler, connection, as_expr=False, **extra"},
    BuiltinLookup: {"as_mql_path": "self, compiler, connection", "as_mql_expr": "self, compiler, connection"},
    In: {"as_mql_path": "self, compiler, connection", "as_mql_expr": "self, compiler, connection"},
    Query: {"build_where": "self, filter_expr", "get_initial_alias": "self"},
}


def verify() -> None:
    """Stop the start unless the backend is exactly the one this engine was written and tested for."""
    found = django_mongodb_backend.__version__
    if found != VERSION:
        raise ImproperlyConfigured(f"This MongoDB engine needs django-mongodb-backend=={VERSION}, found {found}.")
    for complaint in _differences(INTERFACES.items()):
        raise ImproperlyConfigured(f"This MongoDB engine cannot run: {complaint}.")


def _differences(interfaces: Iterable[tuple[type, dict[str, str | None]]]) -> Iterable[str]:
    for owner, members in interfaces:
        for name, parameters in members.items():
            member = inspect.getattr_static(owner, name, None)
            if member is None:
                yield f"{owner.__module__}.{owner.__qualname__} has no {name!r}"
            elif parameters is not None and (found := _parameters(getattr(owner, name))) != parameters:
                yield f"{owner.__qualname__}.{name} takes ({found}) instead of ({parameters})"


def _parameters(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function))[1:-1]
