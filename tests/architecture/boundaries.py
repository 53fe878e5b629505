"""What the import walls cannot see: relations, look-ups of models by name, writes from views, ports without a key."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Model

from tests.architecture.sources import CONTEXTS, Source, calls

FRAMEWORK = {"auth", "admin", "contenttypes", "sessions"}
"""Django's own tables live with accounts."""
WRITES = {"create", "bulk_create", "bulk_update", "update", "delete", "save", "acreate", "asave", "adelete", "aupdate"}
QUERYSET_WORDS = {"objects", "filter", "exclude", "using", "all", "_default_manager", "_base_manager"}


def context_of(label: str) -> str:
    """The context whose database holds the tables of this app."""
    return "accounts" if label in FRAMEWORK else label


def crossing_relations(models: Iterable[type[Model]]) -> Iterator[str]:
    """Foreign keys and their kind that leave a context: no database can keep such a promise."""
    for model in models:
        for field in model._meta.get_fields():
            other = getattr(field, "related_model", None)
            if not field.is_relation or not (isinstance(other, type) and issubclass(other, Model)):
                continue
            here, there = context_of(model._meta.app_label), context_of(other._meta.app_label)
            if here != there:
                yield f"{model._meta.label}.{field.name} relates to {other._meta.label}: refer by id"


def models_by_name(source: Source) -> Iterator[str]:
    """`get_model` walks around every wall; only migrations need it."""
    for node, _called, word in calls(source):
        if word == "get_model":
            yield f"{source.at(node)}: get_model"


def writes_in_http(source: Source) -> Iterator[str]:
    """Views translate; the writing is a service's."""
    if "http" not in source.parts[:3] or source.parts[0] != "apps":
        return
    for node, called, word in calls(source):
        words = set(called.replace("(", ".").split("."))
        if word == "save" or (word in WRITES and words & QUERYSET_WORDS):
            yield f"{source.at(node)}: {called}() writes"


def ports_without_key(ports: Iterable[Any]) -> Iterator[str]:
    """Every writing port takes the id that makes a repetition harmless: a UUID that its caller made."""
    for port in ports:
        if port.key is None:
            continue
        parameter = inspect.signature(port.function).parameters.get(port.key)
        hint = typing.get_type_hints(port.function).get(port.key)
        if parameter is None or parameter.default is not parameter.empty or hint is not UUID:
            yield f"{port.full_name}: key {port.key!r} is no required UUID argument"


def writing_queries(source: Source) -> Iterator[str]:
    """A query may be repeated freely, so it must not write."""
    if len(source.parts) < 3 or source.parts[0] != "apps" or source.parts[2] not in {"queries.py", "queries"}:
        return
    for node, called, word in calls(source):
        words = set(called.replace("(", ".").split("."))
        if word in WRITES and words & QUERYSET_WORDS:
            yield f"{source.at(node)}: {called}() writes in a query"


def foreign_contexts(source: Source) -> Iterator[str]:
    """Texts that name another context's inside, which import-linter cannot see: "apps.catalog.models"."""
    if source.parts[0] != "apps" or source.parts[1] not in CONTEXTS:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("apps."):
            parts = node.value.split(".")
            inside = len(parts) > 2 and parts[2] not in {"api", "contracts"}
            if parts[1] in CONTEXTS and parts[1] != source.parts[1] and inside:
                yield f"{source.at(node)}: {node.value!r}"
