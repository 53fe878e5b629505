"""What a process of the release before cannot do with the tables of today.

`migrate` runs first, then old and new processes share the tables until the last one is replaced. An old one inserts
rows without the columns that it does not know, and goes on reading and writing those that it does. The release that may
still run is known by its last migrations, docs/migrations-before.json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import CheckConstraint, Field, UniqueConstraint

Last = Mapping[str, str]
"""The name of the last migration of each app."""

WIDTHS = {
    f"{positive}{kind}": width
    for kind, width in (("SmallIntegerField", 1), ("IntegerField", 2), ("BigIntegerField", 3))
    for positive in ("", "Positive")
}
TEXTS = {"CharField", "SlugField", "TextField", "EmailField", "URLField", "FileField", "FilePathField"}


def last_migrations() -> dict[str, str]:
    """Of the code as it is; the kernel's own test contexts are not part of the product."""
    contexts = set(settings.SHOP_ALL_CONTEXTS) - set(getattr(settings, "SHOP_CONTEXT_PACKAGES", {}))
    ours = {*contexts, "shop", *settings.MIGRATION_MODULES}
    return dict(sorted(node for node in MigrationLoader(None).graph.leaf_nodes() if node[0] in ours))


def state_of(before: Last) -> ProjectState:
    """The models of that release, as far as their apps are here."""
    loader = MigrationLoader(None)
    return loader.project_state([node for node in before.items() if node[0] in loader.migrated_apps])


def cannot_be_shared(before: Last, excused: Mapping[str, str]) -> list[str]:
    """What a process of the release `before` cannot do, by name; and excuses that excuse nothing."""
    loader = MigrationLoader(None)
    for app, name in before.items():
        if app in loader.migrated_apps and (app, name) not in loader.graph.nodes:
            return [f"{app}.{name}: this migration is gone, so the tables of the release before are not known"]
    found = dict(missed(state_of(before), loader.project_state()))
    wrong = [f"{name}: {sentence}" for name, sentence in found.items() if name not in excused]
    wrong += [
        f"{name}: docs/migrations-excused.json excuses it, but nothing is the matter"
        for name in excused.keys() - found.keys()
    ]
    return sorted(wrong)


def missed(before: ProjectState, now: ProjectState) -> Iterator[tuple[str, str]]:
    """By name of the column or constraint, with a sentence that says why and what to do."""
    for key, model in before.models.items():
        if model.options.get("managed", True) and not model.options.get("proxy"):
            yield from _model(model, now.models.get(key))


def _model(before: ModelState, now: ModelState | None) -> Iterator[tuple[str, str]]:
    name = f"{before.app_label}.{before.name}"
    if now is None or _table(now) != _table(before):
        yield name, "its table is gone, and the version before still asks for it"
        return
    old, new = _columns(before), _columns(now)
    for column in new.keys() - old.keys():
        if sentence := _demanded(new[column]):
            yield f"{name}.{column}", sentence
    for column, field in old.items():
        if column not in new:
            yield f"{name}.{column}", "it is gone, and the version before still reads and writes it"
        elif sentence := _narrower(field, new[column]):
            yield f"{name}.{column}", sentence
    yield from _constraints(name, before, now, {*new} - {*old})


def _demanded(new: Field[Any, Any]) -> str:
    if not new.null and not new.has_db_default():
        return "the version before inserts rows without it: give it a db_default beside its default, or null=True"
    if new.has_db_default() and not new.has_default():
        return "it has a db_default: give it a default beside it, which new rows are made with"
    return ""


def _narrower(old: Field[Any, Any], new: Field[Any, Any]) -> str:
    if old.null and not new.null:
        return "the version before may write NULL"
    if new.unique and not old.unique:
        return "it is unique now, and the version before may write a value twice"
    if old.has_db_default() and not old.has_default() and not new.has_db_default():
        return "the version before leaves its value to the database"
    kinds = old.get_internal_type(), new.get_internal_type()
    if not _holds(*kinds) or _limit(new, "max_length") < _limit(old, "max_length"):
        return f"it was {_told(old)}, and is {_told(new)}: what the version before writes may not fit"
    if "DecimalField" in kinds and (_whole(new) < _whole(old) or new.decimal_places < old.decimal_places):  # type: ignore[attr-defined]
        return f"it was {_told(old)}, and is {_told(new)}: what the version before writes may not fit"
    return ""


def _holds(old: str, new: str) -> bool:
    if old == new or ({old, new} <= TEXTS):
        return True
    signed = "Positive" in new and "Positive" not in old
    return old in WIDTHS and new in WIDTHS and WIDTHS[new] >= WIDTHS[old] and not signed


def _constraints(name: str, before: ModelState, now: ModelState, added: set[str]) -> Iterator[tuple[str, str]]:
    """What the version before does not keep by itself. A rule for new columns alone it cannot break."""
    known = [constraint.deconstruct() for constraint in before.options.get("constraints", ())]
    columns = {field: column.column for field, column in _fields(now)}
    nullable = {field for field, column in _fields(now) if column.null and column.column in added}
    for constraint in now.options.get("constraints", ()):
        if constraint.deconstruct() in known:
            continue
        if isinstance(constraint, CheckConstraint):
            spoken_of = {columns.get(field, field) for field in _names(constraint.condition)}
            harmless = spoken_of <= added
        else:
            distinct = isinstance(constraint, UniqueConstraint) and constraint.nulls_distinct is not False
            harmless = distinct and bool(nullable.intersection(constraint.fields))
        if not harmless:
            yield f"{name}.{constraint.name}", "it is new, and the version before does not know that it has to be kept"


def _fields(model: ModelState) -> Iterator[tuple[str, Field[Any, Any]]]:
    """By name; with the column that it has on a model."""
    for name, declared in model.fields.items():
        if not declared.many_to_many:
            field = declared.clone()
            field.set_attributes_from_name(name)
            yield name, field


def _columns(model: ModelState) -> dict[str, Field[Any, Any]]:
    return {field.column: field for _, field in _fields(model) if field.column}


def _names(condition: Any) -> set[str]:
    return set(condition.referenced_base_fields)


def _table(model: ModelState) -> str:
    return str(model.options.get("db_table") or f"{model.app_label}_{model.name_lower}")


def _limit(field: Any, name: str) -> float:
    return float(getattr(field, name, None) or "inf")


def _whole(field: Any) -> int:
    return int(field.max_digits - field.decimal_places)


def _told(field: Any) -> str:
    sizes = [
        str(getattr(field, name))
        for name in ("max_length", "max_digits", "decimal_places")
        if getattr(field, name, None)
    ]
    return f"{field.get_internal_type()}({', '.join(sizes)})"
