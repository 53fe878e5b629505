"""`manage.py migrate`: every database of this process, one after the other."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import DEFAULT_DB_ALIAS, Error, connections

from shop.db.migrating import sparing
from shop.db.router import FRAMEWORK_HOME, KERNEL, home_of


class Command(DjangosMigrate):
    """Django's own for each local alias; with --database, just Django's own for that one."""

    help = "Bring every database of this process up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        """Django's options; only the default of --database differs: all."""
        super().add_arguments(parser)
        parser.set_defaults(database=None)

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Check the databases that will be migrated, and first that they are there: checks ask them, too."""
        aliases = _aliases(options["database"], options["app_label"])
        for alias in aliases:
            _reach(alias)
        of_django: Any = super().get_check_kwargs({**options, "database": aliases[0]})
        return {**of_django, "databases": aliases}

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the aliases; an app label narrows them to where its tables are."""
        for alias in _aliases(options["database"], options["app_label"]):
            if options["verbosity"] > 0 and not options["check_unapplied"]:
                self.stdout.write(self.style.MIGRATE_HEADING(f"Database {alias}"))
            _reach(alias)
            with _alone(alias), sparing():
                super().handle(*args, **{**options, "database": alias})
            connections[alias].close()


def _aliases(database: str | None, app_label: str | None) -> list[str]:
    if database and database != DEFAULT_DB_ALIAS:
        return [database]
    if app_label and app_label != KERNEL and home_of(app_label) in {*settings.SHOP_CONTEXTS, FRAMEWORK_HOME}:
        return [home_of(app_label)]
    return list(settings.SHOP_CONTEXTS)


def _reach(alias: str) -> None:
    """CommandError, in a sentence that names the variable and shows no password, when there is no such database."""
    connection = connections[alias]
    try:
        connection.ensure_connection()
    except Error as error:
        reason = re.split(r" \(configured timeouts| \(\w+://|, full error|\n", str(error))[0].strip(" .")
        if password := str(connection.settings_dict["PASSWORD"] or ""):
            reason = reason.replace(password, "...")
        variable = connection.settings_dict.get("VARIABLE", "DATABASES")
        raise CommandError(f"{variable}: the database of {alias} cannot be reached ({reason}).") from error


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Two processes that start at once migrate one file one after the other. Servers look after themselves."""
    connection = connections[alias]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or "memory" in name:
        yield
        return
    with Path(f"{name}.migrate.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
