"""Ports on the loopback address: is one taken, and which are free."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
LEASED = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections, so that none of those takes one."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port that something wants to listen on, and the variable that moves it."""

    number: int
    purpose: str
    variable: str


class PortTaken(Exception):
    """Somebody else listens there; the message says which port, for what, and what to change."""


def refuse_taken(ports: Iterable[Port]) -> None:
    """Raise PortTaken for the first port that cannot be listened on."""
    seen: dict[int, Port] = {}
    for port in ports:
        if twin := seen.get(port.number):
            raise PortTaken(f"{port.variable} and {twin.variable} are both {port.number}; change one of them.")
        seen[port.number] = port
        if not _is_free(port.number):
            raise PortTaken(
                f"Port {port.number} ({port.purpose}) is taken by another program. "
                f"Stop that one, or choose another port with {port.variable}, "
                f"as in: {port.variable}={port.number + 1} make up"
            )


def is_listening(number: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, number)) == 0


def free_ports(count: int) -> list[int]:
    """`count` different ports on which nobody listens, and which no other process gets from here while we live."""
    folder = Path(tempfile.gettempdir()) / f"shop-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    found: list[int] = []
    for number in random.sample(LEASED, len(LEASED)):
        if len(found) == count:
            return found
        if _lease(folder / str(number)) and _is_free(number):
            found.append(number)
    raise PortTaken(f"There are not {count} free ports from {LEASED.start} to {LEASED.stop - 1}.")


def _lease(file: Path) -> bool:
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)  # a bare descriptor: it stays open, and locked, until we end
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True


def _is_free(number: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a server that just stopped linger for a minute and do not matter.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError:
            return False
        return True
