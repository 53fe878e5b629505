"""Validators: the same tag for the same state, 304 when the client has it, 412 when the client's is stale."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from shop.errors import DomainError


class StaleMatch(DomainError):
    """If-Match does not name the present state: look again, then change it."""

    code: ClassVar[str] = "precondition_failed"
    title: ClassVar[str] = "Changed meanwhile"
    status: ClassVar[int] = 412


class MatchRequired(DomainError):
    """This change needs If-Match with the ETag that was read."""

    code: ClassVar[str] = "precondition_required"
    title: ClassVar[str] = "If-Match is needed"
    status: ClassVar[int] = 428


def etag_of(state: bytes | str | int) -> str:
    """The quoted tag of rendered bytes, or of a row's revision."""
    if isinstance(state, int):
        return f'"r{state}"'
    raw = state.encode() if isinstance(state, str) else state
    return f'"{hashlib.blake2b(raw, digest_size=12).hexdigest()}"'


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


def not_modified(request: Any, response: HttpResponseBase) -> HttpResponseBase:
    """`response`, or 304 without a body when If-None-Match holds its ETag (weak comparison, RFC 9110)."""
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    etag = response.headers.get("ETag")
    if asked is None or etag is None or response.status_code != 200 or request.method not in ("GET", "HEAD"):
        return response
    if asked.strip() != "*" and etag.removeprefix("W/") not in [tag.removeprefix("W/") for tag in _tags(asked)]:
        return response
    bare = HttpResponse(status=304)
    for name in ("ETag", "Cache-Control", "Vary", "Content-Location", "Expires"):
        if name in response.headers:
            bare.headers[name] = response.headers[name]
    del bare.headers["Content-Type"]
    return bare


def check_match(request: Any, etag: str, *, required: bool = False) -> None:
    """Honour If-Match on PATCH, PUT and DELETE: 412 for another state, 428 when it is `required` and absent."""
    asked = request.META.get("HTTP_IF_MATCH")
    if asked is None:
        if required:
            raise MatchRequired("Send If-Match with the ETag of what you read.")
        return
    if asked.strip() != "*" and etag not in _tags(asked):
        raise StaleMatch("It is not what you read any more: read it again.", etag=etag)
