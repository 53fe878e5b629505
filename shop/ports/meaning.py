"""What the arguments of a call say, in one text: what is left to its default is not said.

So a command is the same command to a version that has learnt one more optional argument or field: what the version
before has recorded, this one recognises.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode


def digest(parameters: Iterable[inspect.Parameter], arguments: Mapping[str, Any]) -> str:
    """The same for the same meaning."""
    said = {one.name: _said(arguments[one.name]) for one in parameters if arguments[one.name] != one.default}
    return hashlib.sha256(_encode(said)).hexdigest()


def _said(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: _said(given) for field, given in fields if not _is_default(field, given)}
    if isinstance(value, list | tuple):
        return [_said(one) for one in value]
    if isinstance(value, dict):
        return {key: _said(one) for key, one in value.items()}
    return value


def _is_default(field: dataclasses.Field[Any], given: Any) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(given == field.default_factory())
    return bool(given == field.default)
