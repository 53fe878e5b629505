"""Holds answers and events of the fake Stripe against Stripe's own OpenAPI document."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest import mock

import stripe
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from apps.payments.fakes.stripe.gateway import Reply, Request
from apps.payments.fakes.stripe.server import FakeStripe, Options

from .reduce import TARGET

LIST = {
    "type": "object",
    "required": ["object", "data", "has_more", "url"],
    "properties": {"data": {"type": "array"}, "has_more": {"type": "boolean"}, "url": {"type": "string"}},
}
SEARCH_RESULT = {
    **LIST,
    "properties": {**LIST["properties"], "next_page": {"type": ["string", "null"]}},  # type: ignore[dict-item]
}
ENVELOPES = {"list": LIST, "search_result": SEARCH_RESULT}
"""The document writes these into every list by itself."""


def wrong(answer: Any) -> list[str]:
    """What Stripe would not have written so, one sentence each."""
    if not isinstance(answer, dict):
        return [f"no object: {answer!r:.80}"]
    if set(answer) == {"error"}:
        return _differences("api_errors", answer["error"])
    if (around := ENVELOPES.get(str(answer.get("object")))) is not None:
        envelope = [error.message for error in Draft4Validator(around).iter_errors(answer)]
        return envelope + [sentence for row in answer.get("data", ()) for sentence in wrong(row)]
    found = _differences(_schema_of(answer), answer)
    if answer.get("object") == "event":
        found += wrong(answer["data"]["object"])
    return found


@contextmanager
def watched(options: Options | None = None) -> Iterator[FakeStripe]:
    """A running fake whose every answer and event is held against the document; in the end nothing may be wrong."""
    fake = FakeStripe(options)
    seen: dict[str, str] = {}
    answer, publish = fake.gateway.answer, fake.dispatcher.publish

    def answered(request: Request) -> Reply:
        reply = answer(request)
        seen.setdefault(reply.body.decode(), f"{request.method} {request.path}")
        return reply

    def published(account: str, event: dict[str, Any]) -> None:
        seen.setdefault(json.dumps(event), event["type"])
        publish(account, event)

    with (
        mock.patch.object(fake.gateway, "answer", answered),
        mock.patch.object(fake.dispatcher, "publish", published),
        fake,
    ):
        yield fake
    found = [f"{where}: {sentence}" for body, where in seen.items() for sentence in wrong(json.loads(body))]
    if found:
        raise AssertionError("\n".join(found))


def _schema_of(answer: dict[str, Any]) -> str:
    kind = str(answer.get("object"))
    return f"deleted_{kind}" if answer.get("deleted") else kind


def _differences(name: str, value: Any) -> list[str]:
    if name not in _schemas():
        return [f"Stripe has no {name}"]
    strange = [f"{name}: Stripe has no field {field}" for field in value if field not in _fields(name)]
    errors = _validator(name).iter_errors(value)
    return strange + [f"{name}{error.json_path[1:]}: {error.message:.200}" for error in errors]


@cache
def _fields(name: str) -> frozenset[str]:
    """Also those of the SDK's types: its API version is newer than the document."""
    of_sdk = getattr(stripe, "".join(word.title() for word in name.split("_")), None)
    return frozenset(_schemas()[name]["properties"]) | frozenset(getattr(of_sdk, "__annotations__", ()))


@cache
def _schemas() -> dict[str, Any]:
    return json.loads(gzip.decompress(TARGET.read_bytes()))["schemas"]


@cache
def _validator(name: str) -> Draft4Validator:
    return Draft4Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": _schemas()}})
