"""One row by a unique column, read and changed: for the few statements that a hot path waits for.

What Django makes of the same query costs twice the driver's own time on MongoDB, whose driver is Python. Each condition
says that a column equals a plain value, neither None nor an expression; a new value may be None. SQL engines
get Django's own queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.db import connections, models, router

M = TypeVar("M", bound=models.Model)
Converter = Callable[[Any], Any]


def read_one(model: type[M], columns: Sequence[str], **unique: Any) -> M | None:
    """The row with this value of a unique column, with the key and these columns loaded; None if there is none."""
    _refuse_many(model, unique)
    using = router.db_for_read(model)
    connection: Any = connections[using]
    if connection.vendor != "mongodb":
        return next(iter(_rows(model, frozenset(columns), using).filter(**unique)), None)
    loaded, criteria = _loaded(model, frozenset(columns), using), _met(model, unique, connection)
    with _as_django_says_it(connection):
        collection = connection.get_collection(model._meta.db_table)  # noqa: SLF001  # Django's public _meta
        wanted = dict.fromkeys((column for column, *_ in loaded), 1)
        document = next(collection.find(criteria, wanted, limit=-1, session=connection.session), None)
    if document is None:
        return None
    values = [_converted(document.get(column, absent), converters) for column, _, absent, converters in loaded]
    return model.from_db(using, [name for _, name, *_ in loaded], values)


def change_one(model: type[models.Model], where: Mapping[str, Any], **changes: Any) -> bool:
    """Change the row that meets all of `where`, one of which is a unique column; whether there was one.

    A compare-and-set: the database decides, of several at once each sees what the one before left.
    """
    _refuse_many(model, where)
    using = router.db_for_write(model)
    connection: Any = connections[using]
    if connection.vendor != "mongodb":
        return bool(model._default_manager.using(using).filter(**where).update(**changes))  # noqa: SLF001
    criteria, change = _met(model, where, connection), {"$set": _stored(model, changes, connection)}
    with _as_django_says_it(connection):
        collection = connection.get_collection(model._meta.db_table)  # noqa: SLF001
        done = collection.update_one(criteria, change, session=connection.session)
    return bool(done.matched_count)


def _refuse_many(model: type[models.Model], where: Mapping[str, Any]) -> None:
    if not any(_field(model, name).unique for name in where):
        raise ValueError(f"None of {', '.join(where)} is unique: several rows of {model.__name__} may be meant.")
    for name, value in where.items():
        if value is None or hasattr(value, "resolve_expression"):
            raise ValueError(f"{name} is to be a plain value, not {value!r}.")


@cache
def _rows(model: type[M], columns: frozenset[str], using: str) -> models.QuerySet[M]:
    """All rows with these columns: making the query costs more than asking it."""
    return model._default_manager.using(using).only(*columns).order_by()  # noqa: SLF001


def _stored(model: type[models.Model], values: Mapping[str, Any], connection: Any) -> dict[str, Any]:
    """Columns with values as the driver takes them."""
    fields = {_field(model, name): value for name, value in values.items()}
    return {field.column: field.get_db_prep_save(value, connection) for field, value in fields.items()}


def _met(model: type[models.Model], where: Mapping[str, Any], connection: Any) -> dict[str, Any]:
    """What a document has to say; one that is silent about a column says its db_default."""
    from shop.db.mongodb.absent import criterion  # only where MongoDB is installed

    stored = _stored(model, where, connection)
    return {
        field.column: criterion(field, stored[field.column], connection)
        for field in (_field(model, name) for name in where)
    }


@cache
def _field(model: type[models.Model], name: str) -> Any:
    meta = model._meta  # noqa: SLF001
    return meta.pk if name == "pk" else meta.get_field(name)


@cache
def _loaded(
    model: type[models.Model], columns: frozenset[str], using: str
) -> tuple[tuple[str, str, Any, tuple[Converter, ...]], ...]:
    """Column, attribute, value where it is absent, and converters of each field that is read, in the model's order."""
    from shop.db.mongodb.absent import when_absent  # only where MongoDB is installed

    connection = connections[using]
    found = []
    for field in model._meta.concrete_fields:  # noqa: SLF001
        if field.primary_key or field.name in columns:
            place = field.get_col(model._meta.db_table)  # noqa: SLF001
            converters = connection.ops.get_db_converters(place) + field.get_db_converters(connection)
            made = tuple(_bound(converter, place, using) for converter in converters)
            found.append((str(field.column), field.attname, when_absent(field, connection), made))
    return tuple(found)


def _bound(converter: Callable[..., Any], place: Any, using: str) -> Converter:
    return lambda value: converter(value, place, connections[using])


def _converted(value: Any, converters: tuple[Converter, ...]) -> Any:
    for converter in converters:
        value = converter(value)
    return value


@contextmanager
def _as_django_says_it(connection: Any) -> Iterator[None]:
    from pymongo.errors import PyMongoError  # only where MongoDB is installed

    try:
        yield
    except PyMongoError as error:
        raise connection.broken_by(error) from error
