"""A context of the kernel's own tests: counters. What it says to others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from shop.errors import DomainError
from shop.events import Event
from shop.money import Money


@dataclass(frozen=True, slots=True)
class Count:
    name: str
    value: int
    worth: Money


@dataclass(frozen=True, slots=True)
class Counted(Event):
    """A counter has a new value."""

    name: ClassVar[str] = "sample.counted.v1"
    counter: str
    value: int


class TooMuch(DomainError):
    """The counter would pass its limit (params: left)."""

    code: ClassVar[str] = "sample.too_much"
    title: ClassVar[str] = "Too much"
    status: ClassVar[int] = 409
