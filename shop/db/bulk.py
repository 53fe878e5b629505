"""Many new rows at once, at a small part of what Django's instances and `bulk_create` cost.

For imports of thousands of rows whose values are known to be right. `new` runs no `__init__`, `insert` no
`pre_save`: a row is what it was given and the fields' defaults. Constraints hold as ever, the database checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, TypeVar

from django.db import connections, models, router, transaction
from django.db.models.base import ModelState

from shop.ids import uuid7

M = TypeVar("M", bound=models.Model)
Converter = Callable[[Any], Any]
_AS_THEY_ARE = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.FileField)


def new(model: type[M], **values: Any) -> M:
    """An instance with these values, by column attribute (`product_id`, not `product`), and defaults for the rest."""
    standing, made = _defaults(model)
    row = model.__new__(model)
    state = vars(row)
    state["_state"] = ModelState()
    state.update(standing)
    for name, make in made:
        if name not in values:
            state[name] = make()
    state.update(values)
    return row


def insert(model: type[M], rows: Sequence[M]) -> None:
    """Write the rows, which `new` made, all or none of them."""
    if not rows:
        return
    using = router.db_for_write(model)
    connection = connections[using]
    fields = model._meta.concrete_fields  # noqa: SLF001  # Django's public _meta
    names = [str(field.column) for field in fields]
    values = list(zip(*(_column(rows, field, connection) for field in fields), strict=True))
    if connection.vendor == "mongodb":
        _insert_documents(connection, model, names, values)
        return
    quote = connection.ops.quote_name
    columns, marks = ", ".join(map(quote, names)), ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608, SLF001
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        elif connection.in_atomic_block:
            cursor.executemany(statement, values)
        else:  # SQLite would keep the rows before the one that it refuses
            with transaction.atomic(using):
                cursor.executemany(statement, values)


def _insert_documents(connection: Any, model: type[models.Model], names: list[str], values: Any) -> None:
    from pymongo.errors import PyMongoError

    from shop.db.mongodb.writing import whole  # only where MongoDB is installed

    collection = connection.get_collection(model._meta.db_table)  # noqa: SLF001
    documents = [dict(zip(names, row, strict=True)) for row in values]
    try:
        if len(documents) == 1:
            collection.insert_one(documents[0], session=connection.session)  # whole by itself
        else:
            whole(connection, lambda session: collection.insert_many(documents, session=session))
    except PyMongoError as error:
        raise connection.broken_by(error) from error


def _column(rows: Sequence[models.Model], field: Any, connection: Any) -> Any:
    """All values of one field as the driver takes them."""
    values = map(itemgetter(field.attname), map(vars, rows))
    convert = _converter(field, connection)
    return values if convert is None else map(convert, values)


def _converter(field: Any, connection: Any) -> Converter | None:
    kind = field.target_field if field.is_relation else field
    if isinstance(kind, _AS_THEY_ARE):
        return None
    if isinstance(kind, models.UUIDField) and connection.vendor == "sqlite":
        return _hex
    last: list[Any] = [object(), None]

    def prepare(value: Any) -> Any:
        if value is not last[0]:  # one import's rows share their moment and their empty objects
            last[:] = value, field.get_db_prep_save(value, connection)
        return last[1]

    return prepare


def _hex(value: Any) -> Any:
    return value if value is None else value.hex


@cache
def _defaults(model: type[models.Model]) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """Values that are the same for all rows, and makers of those that are not."""
    standing: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for field in model._meta.concrete_fields:  # noqa: SLF001
        if field.has_default() and callable(field.default):
            made.append((field.attname, uuid7 if field.default is uuid7 else field.get_default))
        else:
            standing[field.attname] = field.get_default()
    return standing, tuple(made)
