"""A version of the contracts as it is written in a snapshot, made into readers and into samples of what it sends.

So the code of today can be held against a version whose code is not here.
"""

from __future__ import annotations

import ast
import enum
import functools
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, Literal, Union
from uuid import UUID

import msgspec

PLAIN: dict[str, Any] = {
    "str": str, "int": int, "bool": bool, "null": NoneType, "uuid": UUID, "datetime": datetime,
    "tuple": tuple, "dict": dict, "list": list, "frozenset": frozenset,
}  # fmt: skip
EXAMPLES: dict[Any, Any] = {
    msgspec.inspect.StrType: "EUR",
    msgspec.inspect.IntType: 1,
    msgspec.inspect.BoolType: True,
    msgspec.inspect.NoneType: None,
    msgspec.inspect.UUIDType: "01890a5d-ac96-774b-bcce-b302099a8057",
    msgspec.inspect.DateTimeType: "2026-01-02T03:04:05Z",
}


class Version:
    """One snapshot."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._types: dict[str, Any] = {}

    def arguments(self, port: str) -> Any:
        """What this version sends to a port, as a type."""
        return self._record(f"{port} arguments", self.document["ports"][port]["arguments"])

    def answer(self, port: str) -> Any:
        """What this version reads as the answer of a port, as a type."""
        return self._of(self.document["ports"][port]["answer"])

    def event(self, name: str) -> Any:
        """An event of this version, as a type."""
        return self._record(name, self.document["events"][name]["fields"])

    def _record(self, name: str, fields: Mapping[str, str]) -> Any:
        made: list[Any] = []
        for field, text in fields.items():
            kind, _, default = text.partition(" = ")
            made.append((field, self._of(kind), msgspec.UNSET) if default else (field, self._of(kind)))
        return msgspec.defstruct(name.replace(" ", "_").replace(".", "_"), made, kw_only=True)

    def _of(self, text: str) -> Any:
        return self._node(ast.parse(text, mode="eval").body)

    def _node(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(id=name):
                return PLAIN[name] if name in PLAIN else self._named(name)
            case ast.Constant(value=value):
                return ... if value is ... else Literal[value]
            case ast.BinOp(left=left, right=right):
                return Union[self._node(left), self._node(right)]  # noqa: UP007  # of values
            case ast.Subscript(value=kind, slice=ast.Tuple(elts=inner)):
                return self._node(kind)[tuple(map(self._node, inner))]
            case ast.Subscript(value=kind, slice=inner):
                return self._node(kind)[self._node(inner)]
        raise ValueError(ast.dump(node))

    def _named(self, name: str) -> Any:
        if name not in self._types:
            known = self.document["types"][name]
            if isinstance(known, list):
                self._types[name] = enum.Enum(name, {f"V{place}": value for place, value in enumerate(known)})
            else:
                self._types[name] = self._record(name, known)
        return self._types[name]


def samples(kind: Any) -> Iterator[Any]:
    """JSON that a writer of this type may send: all there is, with first and last choices, and as little as may be."""
    info = msgspec.inspect.type_info(kind)
    yield _sample(info, 0, full=True)
    yield _sample(info, -1, full=True)
    yield _sample(info, 0, full=False)


def _sample(info: Any, choice: int, *, full: bool) -> Any:  # noqa: PLR0911  # one line for each kind
    of = functools.partial(_sample, choice=choice, full=full)
    match info:
        case msgspec.inspect.StructType() | msgspec.inspect.DataclassType():
            return {one.encode_name: of(one.type) for one in info.fields if one.required or full}
        case msgspec.inspect.UnionType():
            absent = [one for one in info.types if isinstance(one, msgspec.inspect.NoneType)]
            return of([one for one in info.types if one not in absent][choice]) if full or not absent else None
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType() | msgspec.inspect.FrozenSetType():
            return [of(info.item_type)] if full else []
        case msgspec.inspect.TupleType():
            return [of(one) for one in info.item_types]
        case msgspec.inspect.DictType():
            return {of(info.key_type): of(info.value_type)} if full else {}
        case msgspec.inspect.EnumType():
            return [one.value for one in info.cls][choice]
        case msgspec.inspect.LiteralType():
            return info.values[choice]
    return EXAMPLES[type(info)]
