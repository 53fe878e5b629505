"""The contracts of all contexts as plain data: docs/contracts.json is this, and CI compares it.

A change of that file in a review is a change of what contexts promise each other.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
import typing
from datetime import datetime
from types import NoneType, UnionType
from typing import Any
from uuid import UUID

from django.conf import settings

from shop.errors import ERRORS
from shop.events import CONSUMERS, EVENTS
from shop.ports import PORTS, Port

_PLAIN: dict[Any, str] = {str: "str", int: "int", bool: "bool", NoneType: "null", UUID: "uuid", datetime: "datetime"}


def document() -> dict[str, Any]:
    """Every port, event, error and the values they are made of; the same code gives the same document."""
    # The kernel's own test contexts are not part of the product.
    contexts = set(settings.SHOP_ALL_CONTEXTS) - set(getattr(settings, "SHOP_CONTEXT_PACKAGES", {}))
    types: dict[str, Any] = {}
    return {
        "ports": {
            port.full_name: _port(port, types) for (context, _), port in sorted(PORTS.items()) if context in contexts
        },
        "events": {
            name: {"consumers": sorted(CONSUMERS[name] & contexts), "fields": _fields(event, types)}
            for name, event in sorted(EVENTS.items())
            if event.context() in contexts
        },
        "errors": {
            code: {"title": error.title, "status": error.status}
            for code, error in sorted(ERRORS.items())
            if error.__module__ == "shop.errors" or _is_contract(error, contexts)
        },
        "types": dict(sorted(types.items())),
    }


def text() -> str:
    """The document as it is stored."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _is_contract(error: type, contexts: set[str]) -> bool:
    package, door, _ = f"{error.__module__}.".partition(".contracts.")
    return bool(door) and package.rpartition(".")[2] in contexts


def _port(port: Port, types: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(port.function)
    kind = "query" if port.key is None else "command calling out" if port.calls_out else "command"
    arguments = {}
    for parameter in port.parameters:
        default = "" if parameter.default is inspect.Parameter.empty else f" = {parameter.default!r}"
        arguments[parameter.name] = _name(hints[parameter.name], types) + default
    answer = _name(hints["return"], types)
    return {"kind": kind, "key": port.key, "version": port.version, "arguments": arguments, "answer": answer}


def _fields(kind: type, types: dict[str, Any]) -> dict[str, str]:
    hints = typing.get_type_hints(kind)
    return {field.name: _name(hints[field.name], types) + _default(field) for field in dataclasses.fields(kind)}


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f" = {field.default_factory()!r}"
    return "" if field.default is dataclasses.MISSING else f" = {field.default!r}"


def _name(hint: Any, types: dict[str, Any]) -> str:
    """How a type is written in the document; a contract's own type is described there once."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {UnionType, typing.Union}:
        return " | ".join(_name(argument, types) for argument in arguments)
    if origin is typing.Literal:
        return " | ".join(repr(argument) for argument in arguments)
    if origin is not None:
        inner = ", ".join("..." if argument is Ellipsis else _name(argument, types) for argument in arguments)
        return f"{origin.__name__}[{inner}]"
    if isinstance(hint, type) and hint.__name__ not in types:
        types[hint.__name__] = None  # a type may hold itself
        if issubclass(hint, enum.Enum):
            types[hint.__name__] = [member.value for member in hint]
        elif dataclasses.is_dataclass(hint):
            types[hint.__name__] = _fields(hint, types)
    return str(getattr(hint, "__name__", hint))
