"""JSON in and out, fast and strict: what could be read in two ways is refused, and nothing a client sends is a 500."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.http.request import UnreadablePostError
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

PUBLIC = "public, max-age=60, stale-while-revalidate=300"
PRIVATE = "private, no-store"


class BodyTooLarge(APIException):
    """More bytes than settings.SHOP_BODY_LIMIT."""

    status_code = 413
    default_detail = "The body is larger than this path accepts."
    default_code = "body_too_large"


class RenderedJson(HttpResponse):
    """Bytes that were rendered when they were written: sent as they are, with their validator and cache headers.

    ``return RenderedJson(row_bytes, etag=row_etag)`` from the `get` of a PublicRead. `etag` is the quoted value.
    """

    def __init__(self, body: bytes, *, etag: str = "", cache_control: str = PUBLIC, status: int = 200) -> None:
        super().__init__(body, status=status, content_type="application/json")
        if etag:
            self.headers["ETag"] = etag if etag[-1:] == '"' else f'"{etag}"'
        self.headers["Cache-Control"] = cache_control


def _to_json(value: Any) -> Any:
    """What msgspec does not know by itself: Django's lazy strings and DRF's own containers."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, UUID):
        return str(value)
    return list(value) if isinstance(value, set | frozenset) else str(value)


_encoder = msgspec.json.Encoder(enc_hook=_to_json)


def to_json(value: Any) -> bytes:
    """Compact JSON of plain data, dataclasses, dates and ids."""
    return _encoder.encode(value)


def to_pretty_json(value: Any) -> bytes:
    """The same with two spaces a level, for the eye."""
    return msgspec.json.format(to_json(value), indent=2)


class MsgspecRenderer(BaseRenderer):
    """The default renderer."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Nothing for None, else JSON."""
        return b"" if data is None else to_json(data)


class ReadableRenderer(MsgspecRenderer):
    """The same JSON, indented for the eye."""

    render_style = "text"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Nothing for None, else JSON."""
        return b"" if data is None else to_pretty_json(data)


class MsgspecParser(BaseParser):
    """Strict JSON. 400 for what is no JSON, names a thing twice, nests too deep or holds text that cannot be stored."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The value in the body."""
        request = (parser_context or {}).get("request")
        return parse_json(read_body(getattr(request, "_request", stream)))


def read_body(stream: Any, limit: int | None = None) -> bytes:
    """At most `limit` bytes of a request; more is 413, a client that went away 400."""
    limit = limit or settings.SHOP_BODY_LIMIT
    try:
        length = int(stream.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise ParseError("Content-Length is no number.") from None
    if length > limit:
        raise BodyTooLarge
    try:
        body: bytes = stream.body
    except RequestDataTooBig:
        raise BodyTooLarge from None
    except (UnreadablePostError, OSError):
        raise ParseError("The body could not be read to its end.") from None
    if len(body) > limit:
        raise BodyTooLarge
    return body


def parse_json(body: bytes) -> Any:
    """The value of a JSON text that has exactly one meaning."""
    if not body.strip():
        return {}
    try:
        text = body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant, parse_int=_sane_int)
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except RecursionError:
        raise ParseError(_TOO_DEEP) from None
    except ValueError as error:
        raise ParseError(f"The body is no JSON that can be read: {_plain(error)}.") from None
    _check(value, settings.SHOP_BODY_DEPTH)
    return value


_TOO_DEEP = "The body nests too deep."


def _plain(error: ValueError) -> str:
    return str(error).encode("utf-8", "replace").decode().replace("\n", " ")[:120].rstrip(".")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _sane_int(digits: str) -> int:
    value = int(digits) if len(digits) < 21 else 2**63
    if not -(2**63) <= value < 2**63:
        raise ValueError("a whole number is larger than 64 bits")
    return value


def _check(value: Any, depth: int) -> None:
    if depth == 0 and isinstance(value, dict | list):
        raise ParseError(_TOO_DEEP)
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_text(name)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ParseError("A number is too large.")


def check_text(text: str) -> None:
    """400 for what cannot be stored."""
    if "\x00" in text:
        raise ParseError("A text holds the character NUL.")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ParseError("A text holds half of a surrogate pair.")
