"""Rules that the server keeps for a collection: types, lengths, NOT NULL, integer ranges and check constraints.

A collection's validator is always ``{"$and": [{"$jsonSchema": columns}, {"$expr": check}, …]}``. `Validator` is that
document taken apart, so that migrations change one column or one check at a time.
"""
# ruff: noqa: SLF001  # Model._meta is Django's documented interface

from __future__ import annotations

import decimal
from dataclasses import dataclass, field
from typing import Any

from bson import Decimal128, Int64
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import CheckConstraint, Field, Model

from .absent import has_default
from .conditions import ConditionCompiler
from .errors import constraint_of, named

Document = dict[str, Any]

BSON_TYPES: dict[str, list[str]] = {
    "binData": ["binData"],
    "bool": ["bool"],
    "date": ["date"],
    "decimal": ["decimal"],
    "double": ["double", "int", "long"],
    "int": ["int", "long"],
    "long": ["int", "long"],
    "objectId": ["objectId"],
    "string": ["string"],
}


@dataclass
class Validator:
    """The rules of one collection."""

    columns: Document = field(default_factory=dict)
    checks: Document = field(default_factory=dict)
    optional: set[str] = field(default_factory=set)
    """Columns that may be absent, though not NULL: those with a default of the database's."""

    @classmethod
    def parse(cls, document: Document | None) -> Validator:
        """Take apart what `document` made; a collection without validator has no rules."""
        validator = cls()
        for clause in (document or {}).get("$and", ()):
            if "$jsonSchema" in clause:
                schema = clause["$jsonSchema"]
                validator.columns = dict(schema.get("properties", {}))
                validator.optional = validator.columns.keys() - set(schema.get("required", ()))
            elif "$expr" in clause:
                validator.checks[constraint_of(clause["$expr"])] = clause["$expr"]["$and"][0]
        return validator

    @classmethod
    def of(cls, model: type[Model], connection: Any) -> Validator:
        """All rules of a model."""
        validator = cls()
        for column_field in model._meta.local_concrete_fields:
            validator.set_column(column_field, connection)
        for constraint in _checks(model):
            validator.add_check(model, constraint, connection)
        return validator

    def set_column(self, column_field: Field[Any, Any], connection: Any) -> None:
        """Require what the field promises; a field without column (M2M) has no rules."""
        if column_field.column and (rules := column_rules(column_field, connection)) is not None:
            self.columns[column_field.column] = rules
            self.optional.discard(column_field.column)
            if has_default(column_field):
                self.optional.add(column_field.column)

    def add_check(
        self,
        model: type[Model],
        constraint: CheckConstraint,
        connection: Any,
        altered: Field[Any, Any] | None = None,
    ) -> None:
        """Require a condition."""
        compiler = ConditionCompiler(model, connection, constraint.name, altered)
        self.checks[constraint.name] = compiler.check(constraint.condition)

    def tell_checks(self, model: type[Model], altered: Field[Any, Any], connection: Any) -> None:
        """Let the checks know the column's new default, or that it has none any more."""
        for constraint in _checks(model):
            self.add_check(model, constraint, connection, altered)

    def rename_column(self, old: str, new: str) -> None:
        """Let the checks speak of the column by its new name, as SQL does."""
        self.columns.pop(old, None)
        self.checks = {name: _renamed(check, f"${old}", f"${new}") for name, check in self.checks.items()}

    def document(self) -> Document:
        """What MongoDB is given."""
        required = [
            column for column, rules in self.columns.items() if not _nullable(rules) and column not in self.optional
        ]
        schema: Document = {"bsonType": "object", "properties": self.columns}
        if required:
            schema["required"] = required
        return {"$and": [{"$jsonSchema": schema}, *(named(check, name) for name, check in self.checks.items())]}


def _checks(model: type[Model]) -> list[CheckConstraint]:
    return [constraint for constraint in model._meta.constraints if isinstance(constraint, CheckConstraint)]


def column_rules(column_field: Field[Any, Any], connection: Any) -> Document | None:
    """The JSON schema of one column, None for a column that anything may be in."""
    target: Any = column_field
    while getattr(target, "remote_field", None) and getattr(target, "target_field", None) is not None:
        target = target.target_field  # a foreign key holds what its target holds
    kinds = BSON_TYPES.get(target.db_type(connection) or "")
    if kinds is None:
        return None if column_field.null else {"not": {"bsonType": "null"}}
    rules: Document = {"bsonType": [*kinds, "null"] if column_field.null else kinds}
    rules.update(_limits(target))
    return rules


def _limits(target: Any) -> Document:
    kind = target.get_internal_type()
    if kind in BaseDatabaseOperations.integer_field_ranges:
        low, high = BaseDatabaseOperations.integer_field_ranges[kind]
        return {"minimum": Int64(low), "maximum": Int64(high)}
    if kind == "DecimalField" and target.max_digits is not None:
        bound = decimal.Decimal(10) ** (target.max_digits - target.decimal_places)
        return {
            "minimum": Decimal128(-bound),
            "maximum": Decimal128(bound),
            "exclusiveMinimum": True,
            "exclusiveMaximum": True,
        }
    if target.max_length is not None and kind not in {"TextField", "BinaryField"}:
        return {"maxLength": target.max_length}
    return {}


def _nullable(rules: Document) -> bool:
    return "null" in rules.get("bsonType", ())


def _renamed(node: Any, old: str, new: str) -> Any:
    if isinstance(node, str):
        return new if node == old else node
    if isinstance(node, list):
        return [_renamed(item, old, new) for item in node]
    if isinstance(node, dict):
        return {key: item if key == "$literal" else _renamed(item, old, new) for key, item in node.items()}
    return node
