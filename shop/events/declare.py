"""Declarations of events, consumers and handlers. No Django here: contracts import this."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

EVENTS: dict[str, type[Event]] = {}
"""Every declared event by its name."""
CONSUMERS: dict[str, set[str]] = defaultdict(set)
"""Event name -> contexts that declare `consumes`: a publisher's destinations, known without their code."""
HANDLERS: dict[tuple[str, str], list[Handler]] = defaultdict(list)
"""(consuming context, event name) -> its handlers in this process."""

E = TypeVar("E", bound="Event")


class EventError(Exception):
    """An event is declared or subscribed wrongly: found when the process starts."""


class Event:
    """Base of all events: a frozen dataclass with `name: ClassVar[str] = "<context>.<fact>.v<n>"`."""

    __slots__ = ()
    name: ClassVar[str]
    perishes_after: ClassVar[timedelta | None] = None
    """Set for an event that holds a secret: so long after it was published nothing is left of it, sent or dead."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name = cls.__dict__.get("name")
        if not isinstance(name, str) or name.count(".") != 2:
            raise EventError(f"{cls.__qualname__} needs a name like orders.order_paid.v1")
        # A dataclass with slots is made twice, so the later of the two replaces the earlier.
        known = EVENTS.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise EventError(f"Two events have the name {name}: {known.__qualname__} and {cls.__qualname__}")
        EVENTS[name] = cls

    @classmethod
    def context(cls) -> str:
        """Who publishes it."""
        return cls.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Handler:
    """One subscriber: `name` is part of its inbox keys, so renaming the function is a migration."""

    name: str
    context: str
    function: Callable[[Any], None]


def consumes(context: str, *events: type[Event]) -> None:
    """In contracts.py: this context listens to these events."""
    for event in events:
        CONSUMERS[event.name].add(context)


def subscribe(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """In subscribers.py: call the function once for each such event, inside a transaction of its context.

    It may run again after a conflict, and does nothing but write to its own database; it must not call out.
    """

    def register(function: Callable[[E], None]) -> Callable[[E], None]:
        context = function.__module__.split(".")[-2]
        handler = Handler(f"{context}.{function.__name__}", context, function)
        if context not in CONSUMERS[event.name]:
            raise EventError(f"{handler.name}: {context}/contracts.py does not say consumes({event.__name__})")
        known = HANDLERS[context, event.name]
        if handler.name in {other.name for other in known}:
            raise EventError(f"Two subscribers of {event.name} are called {handler.name}")
        known.append(handler)
        return function

    return register
