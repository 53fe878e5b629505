"""One primary key for every engine: a UUIDv7 made in Python, stored in column ``_id``.

MongoDB always indexes ``_id`` and nothing else for free, so the key lives there; to SQL it is merely a name.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from shop.ids import uuid7


class UUID7Field(models.UUIDField):  # type: ignore[type-arg]  # Django's fields take no parameters at run time
    """A time-ordered primary key that exists before the row is written, in column ``_id`` on every engine.

    A row that belongs to something (the stock of an order, a Stripe event) takes that thing's id instead:
    ``models.UUIDField(primary_key=True, db_column="_id")``.
    """

    description = "UUIDv7 primary key"

    def __init__(self, *args: Any, **options: Any) -> None:
        options["db_column"] = "_id"
        options.setdefault("default", uuid7)
        options.setdefault("editable", False)
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        """Leave out of migrations what the class itself decides."""
        name, path, args, options = super().deconstruct()
        del options["db_column"]
        if options.get("default") is uuid7:
            del options["default"]
        if options.get("editable") is False:
            del options["editable"]
        else:
            options["editable"] = True
        return name, path, args, options


class UUID7AutoField(models.AutoField):  # type: ignore[type-arg]  # as above
    """For ``DEFAULT_AUTO_FIELD`` only: gives a `UUID7Field` to every model that declares no key of its own.

    Django accepts nothing but a subclass of AutoField there; the instance is a plain `UUID7Field`,
    so no sequence is attached to it.
    """

    def __new__(cls, *args: Any, **options: Any) -> UUID7Field:  # type: ignore[misc]  # the trick of this class
        return UUID7Field(*args, **options)
