"""`?fields=` and `?expand=`: less of an answer that is large, or more of what it only names.

    CART = Shape(of=QuoteAnswer, relations={"lines.product": put_products})

    @extend_schema(parameters=CART.parameters, ...)
    def get(self, request, cart_id):
        return answer(CART.applied(request.GET, render_quote(...)))

Names are dotted, at most two deep, and all known: another one is 422. Who asks for neither pays one look at the query;
bodies that are rendered already (`CARDS.applied_to_bytes`) are parsed only for those who ask.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from shop.errors import FieldError, Invalid
from shop.http.rendering import to_json

Tree = dict[str, "Tree"]
Fill = Callable[[list[dict[str, Any]]], None]
"""Puts the relation into each of these objects, with one read for all of them."""
DEPTH = 2


class Shape:
    """What a client may choose of one kind of answer."""

    def __init__(self, *, of: Any, relations: Mapping[str, Fill] | None = None) -> None:
        self._relations = dict(relations or {})
        self._known = _tree_of(of, DEPTH)
        for path in self._relations:
            _add(self._known, path.split("."))
        self.parameters = [_parameter("fields", _paths(self._known), "Only these, and what is expanded.")]
        if self._relations:
            self.parameters.append(_parameter("expand", sorted(self._relations), "With these beside what names them."))

    def applied(self, params: Any, data: Any) -> Any:
        """`data` as it was asked for; of a list each item of `data["data"]`."""
        if "fields" not in params and "expand" not in params:
            return data
        wanted, relations = self._wanted(params), self._asked(params, "expand", self._relations)
        plain = msgspec.json.decode(to_json(data))
        listed = isinstance(plain, dict) and isinstance(plain.get("data"), list)
        items = plain["data"] if listed else [plain]
        for path in relations:
            self._relations[path](_at(items, path.split(".")[:-1]))
            if wanted:
                _add(wanted, path.split("."))
        chosen = [_chosen(item, wanted) for item in items] if wanted else items
        return {**plain, "data": chosen} if listed else chosen[0]

    def applied_to_bytes(self, params: Any, body: bytes) -> bytes:
        """The same for an answer that is rendered already: the very same bytes when nothing is asked for."""
        if "fields" not in params and "expand" not in params:
            return body
        return to_json(self.applied(params, msgspec.json.decode(body)))

    def asks(self, params: Any) -> bool:
        """Whether the answer is another one than everybody's."""
        return "fields" in params or "expand" in params

    def expands(self, params: Any, path: str) -> bool:
        """Whether this relation is asked for."""
        return path in self._asked(params, "expand", self._relations)

    def _wanted(self, params: Any) -> Tree:
        wanted: Tree = {}
        for path in self._asked(params, "fields", set(_paths(self._known))):
            _add(wanted, path.split("."))
        return wanted

    @staticmethod
    def _asked(params: Any, name: str, known: Collection[str]) -> list[str]:
        paths = list(dict.fromkeys(filter(None, ",".join(params.getlist(name)).split(","))))
        if unknown := [path for path in paths if path not in known]:
            told = f"there is {', '.join(sorted(known))}" if known else "nothing can be expanded"
            detail = f"{unknown[0][:50]!r} is not known here; {told}."
            raise Invalid(errors=(FieldError(f"/{name}", "unknown_name", detail),))
        return paths


def _parameter(name: str, known: list[str], text: str) -> OpenApiParameter:
    schema = {"type": "array", "items": {"type": "string", "enum": known}}
    return OpenApiParameter(name, schema, explode=False, style="form", description=f"{text} Separated by commas.")


def _tree_of(of: Any, depth: int) -> Tree:
    """The names in a serializer, or in a JSON schema."""
    if depth == 0:
        return {}
    if isinstance(of, dict):
        schema = of.get("items", of)
        return {name: _tree_of(inner, depth - 1) for name, inner in schema.get("properties", {}).items()}
    serializer = of() if isinstance(of, type) else of
    if isinstance(serializer, serializers.ListSerializer):
        serializer = serializer.child
    if not isinstance(serializer, serializers.Serializer):
        return {}
    return {name: _tree_of(field, depth - 1) for name, field in serializer.fields.items()}


def _paths(tree: Tree) -> list[str]:
    return sorted([*tree, *(f"{name}.{inner}" for name, below in tree.items() for inner in below)])


def _add(tree: Tree, steps: list[str]) -> None:
    """Put a path into the tree. A whole branch that is wanted already stays whole."""
    head, *rest = steps
    whole = head in tree and not tree[head]
    below = tree.setdefault(head, {})
    if rest and not whole:
        _add(below, rest)
    elif not rest:
        below.clear()


def _at(items: list[Any], steps: list[str]) -> list[dict[str, Any]]:
    for step in steps:
        items = [one for item in items for one in _many(item.get(step))]
    return [item for item in items if isinstance(item, dict)]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _chosen(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_chosen(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _chosen(inner, tree[name]) for name, inner in value.items() if name in tree}
