"""From a database URL to Django's DATABASES entry, for each engine the shop can stand on."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from config.values import ConfigurationError, split_url

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA cache_size=-20000;"
    " PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;"
)
DatabaseEntry = dict[str, Any]


def database(
    variable: str, url: str, context: str, root: Path, *, own: bool, synchronous: str = "FULL"
) -> DatabaseEntry:
    """Where `context` keeps its tables. `own`: the URL is of this context alone and names its database fully.

    `VARIABLE` in it is ours: who cannot reach the database says which variable to look at.
    """
    if url.startswith("sqlite:"):
        entry = _sqlite(variable, url, context, root, synchronous)
    elif url.startswith(("mongodb:", "mongodb+srv:")):
        entry = _mongodb(variable, url, context, own=own)
    elif url.startswith(("postgres:", "postgresql:")):
        entry = _postgresql(variable, url, context, own=own)
    else:
        raise ConfigurationError(variable, "it must start with sqlite:///, mongodb:// or postgresql://.")
    return {**entry, "VARIABLE": variable}


def make_folder(entry: DatabaseEntry) -> None:
    """Where SQLite keeps the file of this database; for a server nothing. Raises ConfigurationError."""
    if not entry["ENGINE"].endswith("sqlite3"):
        return
    folder = Path(entry["NAME"]).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(entry["VARIABLE"], f"{folder} cannot be made ({error.strerror}).") from None


def _sqlite(variable: str, url: str, context: str, root: Path, synchronous: str) -> DatabaseEntry:
    """sqlite:///var/db is a directory below the checkout, sqlite:////srv/db an absolute one; *.sqlite3 names a file."""
    if not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
        raise ConfigurationError(
            variable, "SQLite needs a directory, as in sqlite:///var/db or sqlite:////srv/shop/db."
        )
    path = root / url.removeprefix("sqlite:///")
    file = path if path.suffix == ".sqlite3" else path / f"{context}.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS.format(synchronous=synchronous),
        },
    }


def _mongodb(variable: str, url: str, context: str, *, own: bool) -> DatabaseEntry:
    """The URI goes to the driver as it is; its path is the name's first part (or the whole name of an own database)."""
    head = re.fullmatch(r"(mongodb(?:\+srv)?)://(?:[^@/?]*@)?([^/?]+)(?:/([^?]*))?(?:\?.*)?", url)
    if head is None:
        raise ConfigurationError(variable, "it is no MongoDB URI such as mongodb://host:27017/shop?replicaSet=rs0.")
    for host in head[2].split(","):
        if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[\w.%-]+)(:\d{1,5})?", host):
            raise ConfigurationError(variable, "a host of the MongoDB URI cannot be read.")
    return {
        "ENGINE": "shop.db.mongodb",
        "HOST": url,
        "NAME": _name(variable, head[3], context, own=own),
        "CONN_MAX_AGE": None,
    }


def _postgresql(variable: str, url: str, context: str, *, own: bool) -> DatabaseEntry:
    parts = split_url(variable, url, ("postgresql", "postgres"))
    if find_spec("psycopg") is None and find_spec("psycopg2") is None:
        raise ConfigurationError(variable, "PostgreSQL needs the package psycopg, which is not installed.")
    from django.db.backends.postgresql.psycopg_any import IsolationLevel

    # What a transaction decides on stays as it was seen, as on SQLite and MongoDB: else it is run again.
    snapshot = {"isolation_level": IsolationLevel.REPEATABLE_READ}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _name(variable, parts.path.lstrip("/"), context, own=own),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**dict(parse_qsl(parts.query)), **snapshot},
    }


def _name(variable: str, given: str | None, context: str, *, own: bool) -> str:
    name = given or "shop"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
        raise ConfigurationError(variable, "the database's name may hold letters, digits, - and _ only, 40 at most.")
    return name if own and given else f"{name}_{context}"
