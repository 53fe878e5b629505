"""Stripe's form encoding (`a[b][c]=x`, `list[]=x`, `list[0]=x`) and the strict reading of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from .errors import Json, ValidationError

Tree = dict[str, "Node"]
Node = str | Tree
_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


def decode(text: str) -> Tree:
    """Read a query or body into nested dictionaries of strings; lists are dictionaries with numbers as keys."""
    tree: Tree = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=1000)
    except ValueError as error:
        raise ValidationError(f"Invalid request: the form could not be read ({error}).") from error
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            raise ValidationError(f"Invalid request: the parameter name {name!r} could not be read.")
        _plant(tree, [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])], value, name)
    return tree


def _plant(tree: Tree, path: list[str], value: str, name: str) -> None:
    here = tree
    for step in path[:-1]:
        below = here.setdefault(step or str(len(here)), {})
        if isinstance(below, str):
            raise ValidationError(f"Invalid request: {name} is given both as a value and as an object.", param=path[0])
        here = below
    here[path[-1] or str(len(here))] = value


class Kind(Protocol):
    """How one parameter is read; `name` is the full bracket name for messages."""

    @property
    def required(self) -> bool:
        """Whether a request without it is refused."""
        ...

    def read(self, node: Node, name: str) -> object:
        """Answer the value, or raise a ValidationError that names the parameter."""


def _text_of(node: Node, name: str, expected: str) -> str:
    if not isinstance(node, str):
        raise ValidationError(f"Invalid {expected}: expected a value but got an object.", param=name)
    return node


def _empty(name: str) -> ValidationError:
    return ValidationError(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=name,
    )


@dataclass(frozen=True)
class Text:
    """A string. `unset=True` lets an empty one through, which clears the field."""

    required: bool = False
    longest: int = 5000
    unset: bool = False

    def read(self, node: Node, name: str) -> str:
        text = _text_of(node, name, "string")
        if not text and not self.unset:
            raise _empty(name)
        if len(text) > self.longest:
            raise ValidationError(
                f"Invalid string: {text[:15]}...; must be at most {self.longest} characters",
                code="parameter_invalid_string_too_long" if self.longest != 5000 else None,
                param=name,
            )
        return text


@dataclass(frozen=True)
class Integer:
    """A whole number; Stripe takes no `10.0` and no `1e3`."""

    required: bool = False
    least: int | None = None
    most: int | None = None

    def read(self, node: Node, name: str) -> int:
        text = _text_of(node, name, "integer")
        if not text:
            raise _empty(name)
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            raise ValidationError(f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
        number = int(text)
        if self.least is not None and number < self.least:
            raise ValidationError(
                f"This value must be greater than or equal to {self.least}.",
                code="parameter_invalid_integer",
                param=name,
            )
        if self.most is not None and number > self.most:
            raise ValidationError(
                f"This value must be less than or equal to {self.most} (it currently is '{number}').",
                code="parameter_invalid_integer",
                param=name,
            )
        return number


@dataclass(frozen=True)
class Boolean:
    """`true` or `false`."""

    required: bool = False

    def read(self, node: Node, name: str) -> bool:
        text = _text_of(node, name, "boolean")
        if text not in {"true", "false"}:
            raise ValidationError(f"Invalid boolean: {text}", param=name)
        return text == "true"


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    required: bool = False

    def read(self, node: Node, name: str) -> str:
        text = _text_of(node, name, "string")
        if text not in self.words:
            head, last = ", ".join(self.words[:-1]), self.words[-1]
            listed = f"{head}, or {last}" if head else last
            raise ValidationError(f"Invalid {name}: must be one of {listed}", param=name)
        return text


@dataclass(frozen=True)
class Fields:
    """A nested object with known parameters."""

    fields: dict[str, Kind]
    required: bool = False

    def read(self, node: Node, name: str) -> Json:
        if isinstance(node, str):
            raise ValidationError("Invalid object", param=name)
        return read(node, self.fields, prefix=name)


@dataclass(frozen=True)
class Metadata:
    """Up to 50 strings by name; an empty one removes its name, and an empty whole removes all."""

    required: bool = False

    def read(self, node: Node, name: str) -> dict[str, str] | None:
        if node == "":
            return None
        if isinstance(node, str) or len(node) > 50:
            raise ValidationError("Invalid metadata: expected at most 50 named strings.", param=name)
        answer: dict[str, str] = {}
        for key, value in node.items():
            if not isinstance(value, str):
                raise ValidationError("Invalid metadata: values must be strings.", param=f"{name}[{key}]")
            if len(key) > 40 or len(value) > 500:
                raise ValidationError(
                    "Metadata values can have up to 500 characters and names up to 40, but you passed in a longer one.",
                    param=f"{name}[{key}]",
                )
            answer[key] = value
        return answer


@dataclass(frozen=True)
class ListOf:
    """A list of one kind."""

    item: Kind
    required: bool = False

    def read(self, node: Node, name: str) -> list[object]:
        if isinstance(node, str):
            raise ValidationError("Invalid array", param=name)
        return [self.item.read(value, f"{name}[{index}]") for index, value in enumerate(node.values())]


@dataclass(frozen=True)
class Created:
    """`created=1700000000` or `created[gte]=...` with gt, gte, lt, lte; answers the bounds."""

    required: bool = False
    bound: Kind = field(default_factory=Integer)

    def read(self, node: Node, name: str) -> Json:
        if isinstance(node, str):
            return {"equal": self.bound.read(node, name)}
        return read(node, dict.fromkeys(("gt", "gte", "lt", "lte"), self.bound), prefix=name)


def read(tree: Tree, fields: dict[str, Kind], *, prefix: str = "") -> Json:
    """Check a whole form: nothing unknown, nothing missing, every value of its kind."""

    def full(name: str) -> str:
        return f"{prefix}[{name}]" if prefix else name

    unknown = [full(name) for name in tree if name not in fields]
    if unknown:
        word = "parameter" if len(unknown) == 1 else "parameters"
        raise ValidationError(
            f"Received unknown {word}: {', '.join(unknown)}", code="parameter_unknown", param=unknown[0]
        )
    for name, kind in fields.items():
        if kind.required and name not in tree:
            raise ValidationError(f"Missing required param: {full(name)}.", code="parameter_missing", param=full(name))
    return {name: fields[name].read(node, full(name)) for name, node in tree.items()}
