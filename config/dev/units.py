"""A shop taken apart: which units there are, what each of them knows, and the gateway before them."""

from __future__ import annotations

import hashlib
import hmac
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.contexts import CONTEXTS
from config.dev.ports import HOST
from config.dev.processes import PYTHON

BACK_OFFICE = "back-office"
SPLIT = tuple((context,) for context in CONTEXTS)

Partition = tuple[tuple[str, ...], ...]
"""Each group of contexts is one unit."""


class NoGateway(Exception):
    """The message says in a sentence what is missing."""


class UnknownShape(ValueError):
    """The message says in a sentence which there are."""


def partition_of(shape: str) -> Partition | None:
    """The units of "split", "duo" (at random), "duo-7" (by seed) or "accounts+catalog/cart+orders/…"; None of one."""
    if shape in {"", "mono", "strict"}:
        return None
    if shape == "split":
        return SPLIT
    if shape == "duo" or shape.startswith("duo-"):
        return at_random(shape.partition("-")[2] or str(random.SystemRandom().randrange(10_000)))
    groups = tuple(tuple(part.split("+")) for part in shape.split("/"))
    if sorted(context for group in groups for context in group) != sorted(CONTEXTS):
        known = f"{'+'.join(CONTEXTS[:3])}/{'+'.join(CONTEXTS[3:])}"
        raise UnknownShape(f"SHAPE: {shape!r} is none of mono, strict, split, duo, or a partition such as {known}.")
    return groups


def at_random(seed: str) -> Partition:
    """Two units, neither of them empty."""
    chance = random.Random(seed)
    while True:
        first = tuple(context for context in CONTEXTS if chance.random() < 0.5)
        if 0 < len(first) < len(CONTEXTS):
            return first, tuple(context for context in CONTEXTS if context not in first)


def name_of(contexts: Sequence[str]) -> str:
    """Of the unit that hosts these."""
    return "-".join(contexts)


@dataclass(frozen=True, slots=True)
class Unit:
    """One deployment unit: the contexts that it hosts, and where it answers."""

    contexts: tuple[str, ...]
    port: int

    @property
    def name(self) -> str:
        """As it calls itself to others."""
        return name_of(self.contexts)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"


def environment_of(unit: Unit, units: Sequence[Unit], *, secret: str) -> dict[str, str]:
    """What this unit knows: what runs here, where the others are, and the keys of all calls."""
    elsewhere = {context: other.address for other in units for context in other.contexts if other is not unit}
    return {
        "SHOP_CONTEXTS": ",".join(unit.contexts),
        "SHOP_UNIT": unit.name,
        "SHOP_CALL_KEYS": " ".join(f"{other.name}={_key(secret, other.name)}" for other in units),
        "TRUSTED_PROXIES": HOST,
        **{f"SHOP_{context.upper()}_URL": address for context, address in elsewhere.items()},
    }


def back_office() -> dict[str, str]:
    """The admin's unit: every database, no work of its own."""
    return {"SHOP_UNIT": BACK_OFFICE, "SHOP_WAKE": "none", "TRUSTED_PROXIES": HOST}


def gateway(units: Sequence[Unit], office_port: int, port: int, folder: Path) -> tuple[str, ...]:
    """The command of nginx before the units. Raises NoGateway."""
    find_nginx()
    addresses = {**{unit.name: unit.port for unit in units}, BACK_OFFICE: office_port}
    known = [f"{name}={HOST}:{at}" for name, at in addresses.items()]
    homes = [f"{context}={unit.name}" for unit in units for context in unit.contexts]
    listen = ("--listen", f"{HOST}:{port}", "--folder", str(folder))
    return (PYTHON, "-m", "config.dev.gateway", *listen, "--units", *known, "--homes", *homes)


def find_nginx() -> str:
    """Where it is. Raises NoGateway."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise NoGateway("SHAPE: a shop taken apart needs nginx before it, as by `apt-get install nginx`.")
    return nginx


def _key(secret: str, unit: str) -> str:
    return hmac.new(secret.encode(), f"call-key/{unit}".encode(), hashlib.sha256).hexdigest()
