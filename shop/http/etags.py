"""Validators: the same tag for the same state, 304 when the client has it, 412 when the client's is stale.

    @if_match(required=True)
    def patch(self, request, slug):
        product = change_product(slug=slug, revision=revision_wanted(request), ...)     # compared in the update itself
        return Response(..., headers={"ETag": etag_of(product.revision)})

Every PATCH, PUT and DELETE is marked by `if_match` or `unconditional`; a test fails on one that is not.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from shop.errors import DomainError
from shop.http.rendering import to_json

NEVER = -1
"""No row has this revision: what an If-Match means that none of our tags equals."""
_REVISION = re.compile(r'"r(0|[1-9]\d{0,8})(?:-[0-9a-f]{1,32})?"')
"""Of a row alone, or of rendered bytes that show this revision of it."""

Handler = Callable[..., Any]


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


def etag_at(revision: int, shown: Any) -> str:
    """The tag of a row and of what is shown of it, where If-Match looks at the row alone (prices are live)."""
    return f'"r{revision}-{etag_of(to_json(shown))[1:-1]}"'


def check_revision(present: int, wanted: int | None) -> None:
    """412 unless the revision that the caller knows is the present one."""
    if wanted is not None and wanted != present:
        raise StaleMatch("It is not what you read any more: read it again.", etag=etag_of(present))


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


def check_match(request: Any, etag: str) -> None:
    """412 when If-Match names another state. For what has no revision that the update itself could compare."""
    asked = request.META.get("HTTP_IF_MATCH")
    if asked is not None and asked.strip() != "*" and etag not in _tags(asked):
        raise StaleMatch("It is not what you read any more: read it again.", etag=etag)


def revision_wanted(request: Any) -> int | None:
    """The revision that If-Match names, None for any, NEVER for a tag that is none of ours.

    Of several it is the highest: revisions only rise, so whoever has seen that one knows the lower ones to be gone.
    """
    asked = request.META.get("HTTP_IF_MATCH", "*").strip()
    if asked == "*":
        return None
    found = [int(match[1]) for tag in _tags(asked) if (match := _REVISION.fullmatch(tag))]
    return max(found, default=NEVER)


def tags_wanted(request: Any) -> list[str] | None:
    """The tags that If-Match names, without their quotes, None for any: for what has no revision."""
    asked = request.META.get("HTTP_IF_MATCH", "*").strip()
    return None if asked == "*" else [tag[1:-1] for tag in _tags(asked) if len(tag) > 1 and tag[0] == tag[-1] == '"']


def if_match(*, required: bool = False) -> Callable[[Handler], Handler]:
    """Mark a handler that honours If-Match by `revision_wanted` or `check_match`; `required` is 428 without it."""

    def decorate(method: Handler) -> Handler:
        @functools.wraps(method)
        def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            if required and "HTTP_IF_MATCH" not in request.META:
                raise MatchRequired("Send If-Match with the ETag of what you read.")
            return method(view, request, *args, **kwargs)

        run.if_match = "required" if required else "honoured"  # type: ignore[attr-defined]  # for the OpenAPI document
        return run

    return decorate


def untagged(why: str) -> Callable[[Handler], Handler]:
    """Mark a `get` of something that has no ETag, for this reason."""

    def mark(method: Handler) -> Handler:
        method.untagged = why  # type: ignore[attr-defined]
        return method

    return mark


def unconditional(why: str) -> Callable[[Handler], Handler]:
    """Mark a change of something that has no ETag, for this reason: an If-Match that names one never holds."""

    def decorate(method: Handler) -> Handler:
        @functools.wraps(method)
        def run(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            if request.META.get("HTTP_IF_MATCH", "*").strip() != "*":
                raise StaleMatch("This has no ETag, so no If-Match but * can hold.")
            return method(view, request, *args, **kwargs)

        run.if_match = f"none: {why}"  # type: ignore[attr-defined]
        return run

    return decorate
