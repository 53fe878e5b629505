"""What there is to attack: every operation of the OpenAPI document, so that a new route is attacked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from shop.http.document import document

JSON = "application/json"
Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    access: str
    needs_token: bool
    parameters: tuple[Schema, ...] = ()
    media_types: tuple[str, ...] = ()
    body: Schema = field(default_factory=dict)
    """The schema of its JSON body, references resolved; empty without one."""
    example: Any = None

    @property
    def name(self) -> str:
        """As people say it."""
        return f"{self.method} {self.path}"

    def named(self, where: str) -> list[Schema]:
        """Its parameters in path, query or header."""
        return [parameter for parameter in self.parameters if parameter["in"] == where]


@cache
def operations() -> tuple[Operation, ...]:
    """All of them but the webhooks, which read signed bytes and have attacks of their own."""
    found = [
        _operation(method.upper(), path, operation)
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if "/webhooks/" not in path
    ]
    assert len(found) >= 30
    return tuple(found)


def _operation(method: str, path: str, said: Schema) -> Operation:
    content = said.get("requestBody", {}).get("content", {})
    json_body = content.get(JSON, {})
    examples = list(json_body.get("examples", {}).values())
    return Operation(
        method=method,
        path=path,
        access=said.get("x-access", ""),
        needs_token={} not in said.get("security", [{}]),
        parameters=tuple(said.get("parameters", ())),
        media_types=tuple(content),
        body=resolved(json_body.get("schema", {})),
        example=examples[0]["value"] if examples else None,
    )


def resolved(schema: Schema, depth: int = 0) -> Schema:
    """The schema with its references put in place, as deep as bodies go."""
    if depth > 6:
        return {}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {**resolved(document()["components"]["schemas"][name], depth + 1), "title": name}
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, ()):
            if part.get("type") != "null":
                return resolved(part, depth + 1)
    made = dict(schema)
    if "properties" in made:
        made["properties"] = {name: resolved(one, depth + 1) for name, one in made["properties"].items()}
    if "items" in made:
        made["items"] = resolved(made["items"], depth + 1)
    return made


LONG = "n" * 10_000
NO_TEXTS: list[Any] = [1, True, 1.5, [], ["x"], {}, {"$gt": ""}, {"$ne": None}]
NO_NUMBERS: list[Any] = ["1", "x", True, 1.5, 1e300, [], [1], {}, {"$gt": 0}, 10**30, -(10**30)]
NO_FORMATS = {
    "uuid": ["x", "0" * 36, "00000000-0000-0000-0000-00000000000g", "' OR 1=1 --"],
    "email": ["x", "@", "a@b@c.example", f"{LONG}@example.com"],
    "date-time": ["x", "2026-13-01T00:00:00Z", "9" * 30],
    "date": ["x", "2026-02-30", "0000-00-00"],
    "uri": ["x", "javascript:alert(1)"],
}


def wrong_values(schema: Schema) -> Iterator[Any]:
    """Values that this schema refuses, whatever else it takes."""
    kind = schema.get("type")
    kinds = set(kind) if isinstance(kind, list) else {kind}
    if "enum" in schema:
        yield from [*NO_TEXTS, "nonsense", LONG]
    elif "string" in kinds:
        yield from NO_TEXTS
        yield from NO_FORMATS.get(schema.get("format", ""), [])
        if schema.get("maxLength", len(LONG)) < len(LONG):
            yield LONG
    elif kinds & {"integer", "number"}:
        yield from (one for one in NO_NUMBERS if "integer" in kinds or not isinstance(one, float | int) or one is True)
        yield from (schema[bound] + step for bound, step in (("minimum", -1), ("maximum", 1)) if bound in schema)
    elif "boolean" in kinds:
        yield from ["true", "yes", 1, 0, [], {}, {"$ne": False}]
    elif "array" in kinds:
        yield from ["x", 1, True, {}, {"$gt": ""}]
    elif "object" in kinds:
        yield from ["x", 1, True, [], [{}]]


def wrong_bodies(schema: Schema, example: Any) -> Iterator[tuple[str, Any]]:
    """(JSON pointer, body): the example with one thing wrong in it, at every place."""
    if not isinstance(example, dict):
        return
    yield "/surplus", {**example, "surplus": {"$gt": ""}}
    for name in schema.get("required", ()):
        yield f"/{name}", {known: value for known, value in example.items() if known != name}
    for name, inner in schema.get("properties", {}).items():
        for value in wrong_values(inner):
            yield f"/{name}", {**deepcopy(example), name: value}
        yield from _below(name, inner, example)


def _below(name: str, schema: Schema, example: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    standing = example.get(name)
    if isinstance(standing, dict) and schema.get("properties"):
        for pointer, body in wrong_bodies(schema, standing):
            yield f"/{name}{pointer}", {**example, name: body}
    if isinstance(standing, list) and standing and schema.get("items"):
        for value in wrong_values(schema["items"]):
            yield f"/{name}/0", {**example, name: [value, *standing[1:]]}
        for pointer, body in wrong_bodies(schema["items"], standing[0]):
            yield f"/{name}/0{pointer}", {**example, name: [body, *standing[1:]]}
