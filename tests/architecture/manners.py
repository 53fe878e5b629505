"""What every operation of the API says and does alike: validators, repeats, pages, and its place in the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import get_resolver
from jsonschema_rs import Draft202012Validator

from shop.http.views import ApiView
from tests.architecture.shape import views_of

CHANGES = ("patch", "put", "delete")
PAGED = {"limit", "after", "include"}
Handlers = Iterable[tuple[str, Any]]
Operations = Iterable[tuple[str, dict[str, Any]]]


def handlers() -> Iterator[tuple[str, Any]]:
    """Every handler of the shop's API as "patch api/v1/...", and the function."""
    for path, view in views_of(get_resolver()):
        if isinstance(view, type) and issubclass(view, ApiView):
            yield from (
                (f"{name} {path}", getattr(view, name)) for name in view.http_method_names if hasattr(view, name)
            )


def operations(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation as "get /api/v1/..."."""
    for path, item in made["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in item.items())


def without_match(found: Handlers) -> list[str]:
    """Changes that do not say how they treat If-Match."""
    return [name for name, handler in found if name.startswith(CHANGES) and not hasattr(handler, "if_match")]


def unrepeatable(found: Handlers) -> list[str]:
    """POSTs that take no Idempotency-Key and do not say why."""
    marks = ("idempotency_required", "unrepeatable")
    posts = [(name, handler) for name, handler in found if name.startswith("post ")]
    return [name for name, handler in posts if not any(hasattr(handler, mark) for mark in marks)]


def unnamed(found: Operations) -> list[str]:
    """Operations without an id of their own choice or without a summary."""
    wrong = []
    seen: set[str] = set()
    for name, operation in found:
        chosen = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", chosen) or chosen in seen or chosen.startswith("api_"):
            wrong.append(f"{name}: operationId {chosen!r}")
        if not 5 <= len(operation.get("summary", "")) <= 120:
            wrong.append(f"{name}: summary {operation.get('summary', '')!r}")
        seen.add(chosen)
    return wrong


def endless(found: Operations, made: dict[str, Any], whole: set[str]) -> list[str]:
    """Lists that do not page as all do; `whole` names those that say why."""
    wrong = []
    for name, operation in found:
        properties = _properties(operation["responses"].get("200", {}), made)
        if "data" not in properties or not name.startswith("get ") or name in whole:
            continue
        takes = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
        if missing := sorted((PAGED - takes) | ({"has_more", "next_cursor", "total"} - set(properties))):
            wrong.append(f"{name}: no {', '.join(missing)}")
    return wrong


def without_example(found: Operations) -> list[str]:
    """Bodies and answers of success that nobody shows."""
    return [name for name, media in _bodies(found) if not _examples(media)]


def wrong_examples(found: Operations, made: dict[str, Any]) -> list[str]:
    """Examples that their own schema refuses."""
    wrong = []
    for name, media in _bodies(found):
        whole = media["schema"].get("anyOf", [media["schema"]])[0]
        validator = Draft202012Validator({**whole, "components": made["components"]}, validate_formats=True)
        for value in _examples(media):
            wrong += [
                f"{name}: {'/'.join(map(str, error.instance_path))}: {error.message}"
                for error in validator.iter_errors(value)
            ]
    return wrong


def _bodies(found: Operations) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, operation in found:
        bodies = {"request": operation.get("requestBody", {})}
        bodies |= {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
        for what, body in bodies.items():
            for media in body.get("content", {}).values():
                yield f"{name} {what}", media


def _examples(media: dict[str, Any]) -> list[Any]:
    found = [example["value"] for example in media.get("examples", {}).values()]
    return [*found, media["example"]] if "example" in media else found


def _properties(response: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    schema = schema.get("anyOf", [schema])[0]  # the other one is for those who ask for fewer fields
    if name := schema.get("$ref", ""):
        schema = made["components"]["schemas"][name.rpartition("/")[2]]
    properties: dict[str, Any] = schema.get("properties", {})
    return properties
