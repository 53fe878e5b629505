"""Migrations: collections, usable indexes, and validators that change with the models."""
# mypy: allow-subclassing-any
# ruff: noqa: SLF001  # Model._meta is Django's documented interface

from __future__ import annotations

from typing import Any, Self

import pymongo
from django.db import IntegrityError, NotSupportedError
from django.db.models import CheckConstraint, Field, Index, Model, UniqueConstraint
from pymongo.errors import OperationFailure, PyMongoError

from .absent import has_default, refuse_default, refuse_unique, stored
from .conditions import ConditionCompiler
from .errors import as_django_error
from .indexes import IndexOptions, index_model, refuse_unsupported
from .private import BackendSchemaEditor, SearchIndex
from .validators import Document, Validator

INDEX_NOT_FOUND = 27
LONGEST_SECONDS = 6 * 3600
"""To fill a column of a large collection, or to build its index, takes longer than any request may wait."""


class DatabaseSchemaEditor(BackendSchemaEditor):
    """Keeps each collection's validator in step with its model, and refuses what rows already break, as SQL does."""

    def __enter__(self) -> Self:
        """What is done inside may take hours: no answer is waited for so long elsewhere."""
        self._patience = pymongo.timeout(LONGEST_SECONDS)
        self._patience.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:  # noqa: PYI036  # as Django has it
        """As impatient as before."""
        try:
            super().__exit__(*failure)
        finally:
            self._patience.__exit__(*failure)

    # -- tables ----------------------------------------------------------------------------------------------------

    def create_model(self, model: type[Model]) -> None:
        """Make the collection with its validator, its indexes and its M2M collections."""
        for field in model._meta.local_fields:
            refuse_default(field, self.connection)
        table = model._meta.db_table
        validator = Validator.of(model, self.connection)
        try:
            self.get_database().create_collection(table, validator=validator.document())
        except PyMongoError as error:
            raise as_django_error(error) from error
        self._create_model_indexes(model)
        for relation in model._meta.local_many_to_many:
            through: Any = relation.remote_field.through
            if through._meta.auto_created:
                self.create_model(through)

    # -- columns ---------------------------------------------------------------------------------------------------

    def add_field(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Fill the column of existing rows, then require it, unless what does not know it may go on without it."""
        refuse_default(field, self.connection)
        super().add_field(model, field)
        if field.column:
            validator = self._validator(model)
            validator.set_column(field, self.connection)
            self._require(model, validator)

    def effective_default(self, field: Field[Any, Any]) -> Any:
        """As a literal: in an update's pipeline an empty object is refused and a text with "$" names a field."""
        given = stored(field, self.connection) if has_default(field) else super().effective_default(field)
        return {"$literal": given}

    def remove_field(self, model: type[Model], field: Field[Any, Any]) -> None:
        """Stop requiring the column, then drop it."""
        if field.column:
            validator = self._validator(model)
            validator.columns.pop(field.column, None)
            self._write(model, validator)
        super().remove_field(model, field)

    def _alter_field(
        self,
        model: type[Model],
        old_field: Any,
        new_field: Any,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        refuse_default(new_field, self.connection)
        _refuse_uncounted(model, new_field, self.connection)
        _refuse_type_change(model, old_field, new_field, self.connection)
        before = self._validator(model)
        validator = self._validator(model)
        validator.columns.pop(old_field.column, None)
        if old_field.column != new_field.column:
            checks, validator.checks = validator.checks, {}
            self._write(model, validator)
            validator.checks = checks
            validator.rename_column(old_field.column, new_field.column)
        else:
            self._write(model, validator)
        super()._alter_field(model, old_field, new_field, *args, **kwargs)
        self._alter_nullable_unique(model, old_field, new_field)
        if has_default(old_field) or has_default(new_field):
            self._fill_absent(model, old_field, new_field)
            validator.tell_checks(model, new_field, self.connection)
        validator.set_column(new_field, self.connection)
        try:
            self._require(model, validator)
        except IntegrityError:
            if old_field.column == new_field.column:
                self._write(model, before)
            raise

    def _fill_absent(self, model: type[Model], old: Field[Any, Any], new: Field[Any, Any]) -> None:
        """What is absent has so far been the old default, or NULL; neither is told by absence any more."""
        value = stored(old if has_default(old) else new, self.connection)
        self.get_collection(model._meta.db_table).update_many({new.column: None}, {"$set": {new.column: value}})

    def _alter_nullable_unique(self, model: type[Model], old: Field[Any, Any], new: Field[Any, Any]) -> None:
        """A unique index is filtered by "not null" only where nulls are allowed."""
        both_unique = self._field_should_have_unique(old) and self._field_should_have_unique(new)
        if both_unique and old.null != new.null and old.column == new.column:
            self._remove_field_unique(model, old)
            self._add_field_unique(model, new)

    # -- indexes and constraints -----------------------------------------------------------------------------------

    def add_index(
        self,
        model: type[Model],
        index: Index,
        *,
        field: Field[Any, Any] | None = None,
        unique: bool = False,
        column_prefix: str = "",
        parent_model: type[Model] | None = None,
    ) -> None:
        """An index that the planner uses; indexes of embedded models and of Atlas Search are left to the backend."""
        if column_prefix or parent_model or isinstance(index, SearchIndex):
            super().add_index(
                model, index, field=field, unique=unique, column_prefix=column_prefix, parent_model=parent_model
            )
            return
        self._create_index(model, index, IndexOptions(unique=unique, altered=field))

    def _create_index(self, model: type[Model], index: Index, options: IndexOptions) -> None:
        made = index_model(model, index, self.connection, options)
        try:
            self.get_collection(model._meta.db_table).create_indexes([made])
        except PyMongoError as error:
            raise as_django_error(error) from error

    def remove_index(self, model: type[Model], index: Index) -> None:
        """Drop an index; one that is not there is no failure."""
        try:
            super().remove_index(model, index)
        except OperationFailure as error:
            if error.code != INDEX_NOT_FOUND:
                raise as_django_error(error) from error

    def add_constraint(
        self,
        model: type[Model],
        constraint: Any,
        field: Field[Any, Any] | None = None,
        column_prefix: str = "",
        parent_model: type[Model] | None = None,
    ) -> None:
        """Unique constraints become indexes, check constraints clauses of the validator; others are refused."""
        if column_prefix or parent_model:
            super().add_constraint(model, constraint, field, column_prefix, parent_model)
        elif isinstance(constraint, UniqueConstraint):
            refuse_unsupported(model, constraint)
            index = Index(fields=constraint.fields, name=constraint.name, condition=constraint.condition)
            distinct = constraint.nulls_distinct is not False
            self._create_index(model, index, IndexOptions(unique=True, nulls_distinct=distinct, altered=field))
        elif isinstance(constraint, CheckConstraint):
            validator = self._validator(model)
            validator.add_check(model, constraint, self.connection)
            self._require(model, validator)
        else:
            raise NotSupportedError(f"MongoDB cannot enforce {type(constraint).__name__} {constraint.name!r}.")

    def remove_constraint(self, model: type[Model], constraint: Any) -> None:
        """Drop the index or the clause."""
        if isinstance(constraint, CheckConstraint):
            validator = self._validator(model)
            validator.checks.pop(constraint.name, None)
            self._write(model, validator)
        elif isinstance(constraint, UniqueConstraint):
            self.remove_index(model, Index(fields=constraint.fields, name=constraint.name))

    # -- the validator ---------------------------------------------------------------------------------------------

    def _validator(self, model: type[Model]) -> Validator:
        found: Document = next(self.connection.database.list_collections(filter={"name": model._meta.db_table}), {})
        return Validator.parse(found.get("options", {}).get("validator"))

    def _require(self, model: type[Model], validator: Validator) -> None:
        """Write rules that existing rows must keep too."""
        rules = validator.document()
        table = model._meta.db_table
        if not self.collect_sql and (broken := self.connection.database[table].find_one({"$nor": [rules]}, {"_id": 1})):
            raise IntegrityError(f"{table} has rows that break the new rules, one is {broken['_id']!r}.")
        self._write(model, validator)

    def _write(self, model: type[Model], validator: Validator) -> None:
        command: Document = {"collMod": model._meta.db_table, "validator": validator.document()}
        if self.collect_sql:
            self.collected_sql.append(f"db.command({command!r})")
            return
        try:
            self.connection.database.command({**command, "validationLevel": "strict", "validationAction": "error"})
        except PyMongoError as error:
            raise as_django_error(error) from error


def _refuse_uncounted(model: type[Model], new: Field[Any, Any], connection: Any) -> None:
    """A default that comes to a column would leave it out of indexes that are there."""
    unique = [constraint for constraint in model._meta.constraints if isinstance(constraint, UniqueConstraint)]
    for rule in (*unique, *model._meta.indexes):
        if rule.condition is not None:
            ConditionCompiler(model, connection, rule.name, new).index_filter(rule.condition)
        if rule in unique and new.name in rule.fields:
            refuse_unique(new, rule.name)


def _refuse_type_change(model: type[Model], old: Field[Any, Any], new: Field[Any, Any], connection: Any) -> None:
    """The backend would leave the values of the old type where they are."""
    kinds = {old.db_type(connection), new.db_type(connection)}
    if len(kinds) > 1 and not kinds <= {"int", "long"}:
        raise NotSupportedError(
            f"{model._meta.label}.{new.name} changes its type from {old.db_type(connection)} to "
            f"{new.db_type(connection)}: add a new column, copy the values by RunPython, remove the old one."
        )
