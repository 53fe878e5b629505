"""The two decorators of `api.py`, and what is known of a port. No Django here: doors import this."""

from __future__ import annotations

import functools
import importlib
import inspect
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, overload

import msgspec

from .meaning import digest

F = TypeVar("F", bound=Callable[..., Any])

QUERY_SECONDS = 3.0
COMMAND_SECONDS = 5.0
CALLS_OUT_SECONDS = 15.0

PORTS: dict[tuple[str, str], Port] = {}
"""Every declared port by (context, name)."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_counter: ContextVar[list[str] | None] = ContextVar("shop.ports.counter", default=None)


class PortError(Exception):
    """A port is declared or implemented wrongly: found when the process starts."""


class Port:
    """One signature of a context's menu and how it is carried out."""

    def __init__(
        self, function: Callable[..., Any], *, key: str | None = None, calls_out: bool = False, timeout: float
    ) -> None:
        self.package, _, module = function.__module__.rpartition(".")
        self.context = self.package.rpartition(".")[2]
        self.name = function.__name__
        self.full_name = f"{self.context}.{self.name}"
        self.function = function
        self.key = key
        self.calls_out = calls_out
        self.timeout = timeout
        if module != "api":
            raise PortError(f"{function.__module__}.{self.name}: ports are declared in api.py")
        self.parameters = tuple(inspect.signature(function).parameters.values())
        if any(parameter.kind is not parameter.KEYWORD_ONLY for parameter in self.parameters):
            raise PortError(f"{self.full_name}: every argument must be keyword-only")
        if key is not None and key not in {parameter.name for parameter in self.parameters}:
            raise PortError(f"{self.full_name}: key {key!r} is not an argument")

    @property
    def is_recorded(self) -> bool:
        """A command whose effect and answer are stored together, in one transaction of the kernel."""
        return self.key is not None and not self.calls_out

    @functools.cached_property
    def version(self) -> int:
        """Of the context's contract: `VERSION` in its api.py, 1 if it says nothing."""
        return int(getattr(importlib.import_module(self.function.__module__), "VERSION", 1))

    @property
    def path(self) -> str:
        """Where it is served to other deployment units."""
        return f"/internal/{self.context}.v{self.version}/{self.name}"

    @functools.cached_property
    def implementation(self) -> Callable[..., Any]:
        """The function that does it, found by name and checked against the declaration."""
        where = f"{self.package}.services.{self.name}" if self.key else f"{self.package}.queries"
        try:
            function = getattr(importlib.import_module(where), self.name)
        except ModuleNotFoundError as error:
            if error.name and where.startswith(error.name):
                raise PortError(f"{self.full_name} is declared, but there is no module {where}") from None
            raise
        except AttributeError:
            raise PortError(f"{self.full_name} is declared, but {where} has no function {self.name}") from None
        if _signature(function) != _signature(self.function):
            theirs, ours = inspect.signature(function), inspect.signature(self.function)
            raise PortError(f"{self.full_name}: {where} has {theirs}, api.py says {ours}")
        return typing.cast("Callable[..., Any]", function)

    @functools.cached_property
    def arguments(self) -> msgspec.json.Decoder[Any]:
        """Reads the arguments from the wire, strictly typed."""
        hints = typing.get_type_hints(self.function)
        fields: list[Any] = [
            (parameter.name, hints[parameter.name])
            if parameter.default is parameter.empty
            else (parameter.name, hints[parameter.name], parameter.default)
            for parameter in self.parameters
        ]
        return msgspec.json.Decoder(msgspec.defstruct(f"{self.name}_arguments", fields, kw_only=True))

    @functools.cached_property
    def answer(self) -> msgspec.json.Decoder[Any]:
        """Reads the answer from the wire or from the record, strictly typed."""
        return msgspec.json.Decoder(typing.get_type_hints(self.function)["return"])

    def encode(self, arguments: dict[str, Any]) -> bytes:
        """The arguments as JSON, in the order of the signature and with its defaults."""
        return _encode(self._full(arguments))

    def digest(self, arguments: dict[str, Any]) -> str:
        """The same for the same meaning, also when it is asked by a version that knows fewer optional arguments."""
        return digest(self.parameters, self._full(arguments))

    def _full(self, arguments: dict[str, Any]) -> dict[str, Any]:
        unknown = arguments.keys() - {parameter.name for parameter in self.parameters}
        if unknown:
            raise TypeError(f"{self.full_name}() got an unexpected argument {min(unknown)!r}")
        full = {}
        for parameter in self.parameters:
            if parameter.name not in arguments and parameter.default is parameter.empty:
                raise TypeError(f"{self.full_name}() needs the argument {parameter.name!r}")
            full[parameter.name] = arguments.get(parameter.name, parameter.default)
        return full

    def decode(self, body: bytes | str) -> dict[str, Any]:
        """The arguments from JSON."""
        values = self.arguments.decode(body)
        return {parameter.name: getattr(values, parameter.name) for parameter in self.parameters}


@overload
def query(function: F) -> F: ...
@overload
def query(*, timeout: float) -> Callable[[F], F]: ...
def query(function: F | None = None, *, timeout: float = QUERY_SECONDS) -> F | Callable[[F], F]:
    """Declare a read: no transaction, may be repeated freely. Implemented in queries.py."""
    if function is None:
        return lambda late: _declare(Port(late, timeout=timeout), late)
    return _declare(Port(function, timeout=timeout), function)


def command(*, key: str, calls_out: bool = False, timeout: float | None = None) -> Callable[[F], F]:
    """Declare a write that happens once per value of the argument `key`. Implemented in services/<name>.py.

    It runs in a transaction of the kernel that also stores its answer; so it may run again after a
    conflict, and does nothing but write there. With `calls_out` it owns its (several, small)
    transactions instead, and is idempotent by its own row.
    """
    seconds = timeout or (CALLS_OUT_SECONDS if calls_out else COMMAND_SECONDS)
    return lambda function: _declare(Port(function, key=key, calls_out=calls_out, timeout=seconds), function)


def _declare(port: Port, function: F) -> F:
    PORTS[port.context, port.name] = port

    @functools.wraps(function)
    def ask(**arguments: Any) -> Any:
        counted = _counter.get()
        if counted is not None:
            counted.append(port.full_name)
        # Late, so that contracts and doors stay free of Django.
        from .run import ask as run

        return run(port, arguments)

    ask.port = port  # type: ignore[attr-defined]
    return typing.cast("F", ask)


@contextmanager
def count_calls() -> Iterator[list[str]]:
    """The names of the ports asked inside, in order: a journey states how often it crosses a door."""
    calls: list[str] = []
    token = _counter.set(calls)
    try:
        yield calls
    finally:
        _counter.reset(token)


def _signature(function: Callable[..., Any]) -> tuple[Any, ...]:
    hints = typing.get_type_hints(function)
    parameters = tuple(
        (parameter.name, parameter.kind, parameter.default, hints.get(parameter.name))
        for parameter in inspect.signature(function).parameters.values()
    )
    return parameters, hints.get("return")
