"""`Idempotency-Key`: the claim is a row written before the work, so a repeat finds the answer, or the work half done.

Promise: one key of one caller gives one operation id, whatever crashes in between. A view derives every key that it
hands on from `request.operation_id`; then running it again is harmless, and that is what happens after a crash.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from shop import clock
from shop.db import alias, transact
from shop.errors import DomainError, FieldError, Invalid
from shop.faults import fault
from shop.http.access import principal_of
from shop.http.problems import answer_to
from shop.http.rendering import to_json
from shop.ids import uuid7
from shop.models import IdempotencyKey

RUNNING, DONE = "running", "done"
_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Retry-After", "Link", "Cache-Control", "WWW-Authenticate")

Handler = Callable[..., Any]
CallerOf = Callable[[Request, dict[str, Any]], str | None]
"""Whose key it is; None when a key cannot be told to be this caller's, so that it is not used."""


class KeyRequired(DomainError):
    """This request needs an Idempotency-Key, so that a repeat is safe."""

    code: ClassVar[str] = "idempotency.key_required"
    title: ClassVar[str] = "Idempotency-Key is needed"
    status: ClassVar[int] = 400


class KeyInvalid(DomainError):
    """An Idempotency-Key is 1 to 255 printable ASCII characters."""

    code: ClassVar[str] = "idempotency.key_invalid"
    title: ClassVar[str] = "Idempotency-Key is malformed"
    status: ClassVar[int] = 400


class KeyReused(DomainError):
    """The key was used for another request."""

    code: ClassVar[str] = "idempotency.key_reused"
    title: ClassVar[str] = "Idempotency-Key was used for another request"
    status: ClassVar[int] = 422


class InProgress(DomainError):
    """The first request with this key is still running: ask again soon, with the same key."""

    code: ClassVar[str] = "idempotency.in_progress"
    title: ClassVar[str] = "Still running"
    status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class _Claim:
    """What this request holds while it works. `lease_until` is its fence: who takes over changes it."""

    id: str
    operation_id: UUID
    lease_until: datetime


def idempotent(*, context: str, caller: CallerOf, required: bool = False) -> Callable[[Handler], Handler]:
    """Make a POST repeatable. `context` owns the rows, `caller(request, kwargs)` says whose key it is.

    `request.operation_id` is the UUIDv7 of this operation, the same one for every repeat of the key.
    What must not be stored (a client_secret) is added by the view's method ``live(self, request, data) -> data``,
    called on the plain data of each 2xx answer, first and replayed alike.
    """

    def decorate(method: Handler) -> Handler:
        @functools.wraps(method)
        def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
            key = _key_of(request, required=required)
            holder = None if key is None else caller(request, kwargs)
            if key is None or holder is None:
                request.operation_id = uuid7()  # type: ignore[attr-defined]
                return _with_live(view, request, method(view, request, *args, **kwargs))
            claim = _claim(context, request, holder, key)
            if isinstance(claim, IdempotencyKey):
                return _replay(view, request, claim)
            request.operation_id = claim.operation_id  # type: ignore[attr-defined]
            fault("idempotency.claimed")
            try:
                response = method(view, request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001  # the answer to an error is an answer too, and may be stored
                response = answer_to(error, request)
            _finish(context, claim, response)
            return _with_live(view, request, response)

        run.idempotency_required = required  # type: ignore[attr-defined]  # for the OpenAPI document
        return run

    return decorate


def unrepeatable(why: str) -> Callable[[Handler], Handler]:
    """Mark a POST that takes no Idempotency-Key, for this reason: its answer must not be kept, or so."""

    def mark(method: Handler) -> Handler:
        method.unrepeatable = why  # type: ignore[attr-defined]
        return method

    return mark


def by_subject(request: Request, _kwargs: dict[str, Any]) -> str:
    """The caller of a POST that needs a token: a replay never shows one person's answer to another."""
    return f"subject:{principal_of(request).subject}"


def by_person_or(request: Request, stranger: str) -> str:
    """The caller of a POST that needs no token: whoever is logged in, else what `stranger` names."""
    person = principal_of(request).person_id
    return f"subject:{person}" if person else stranger


def is_random(key: str) -> bool:
    """Whether a key looks as if nobody could guess it: a random UUID, or 32 and more hexadecimal digits.

    Strangers without a token share one room for their keys, so there only such a key is used. It is told by its form;
    whoever sends a constant in this form shows others what it opens.
    """
    digits = key.replace("-", "").lower() if _UUID.fullmatch(key) else key.lower()
    return _HEXADECIMAL.fullmatch(digits) is not None and len(set(digits)) >= 8


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"[0-9a-f]{32,}")


def _key_of(request: Request, *, required: bool) -> str | None:
    """The key, if there is one: well formed, with a body that can be compared."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        if required:
            raise KeyRequired("Send a fresh random Idempotency-Key with a new request, the same to repeat it.")
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable() and key.strip()):
        raise KeyInvalid("Send 1 to 255 printable ASCII characters.")
    if not isinstance(request.data, dict):
        raise Invalid(errors=(FieldError("", "not_an_object", "The body must be a JSON object."),))
    return key


def _claim(context: str, request: Request, caller: str, key: str) -> _Claim | IdempotencyKey:
    """The right to do the work, or the row whose answer is to be replayed."""
    at = clock.now()
    row = IdempotencyKey(
        id=hashlib.sha256(f"{caller}\0{key}".encode("utf-8", "replace")).hexdigest(),
        caller=caller[:100],
        endpoint=f"{request.method} {request.path}"[:300],
        body_hash=hashlib.sha256(_canonical(request.data).encode()).hexdigest(),
        operation_id=uuid7(),
        state=RUNNING,
        lease_until=at + timedelta(seconds=settings.SHOP_LEASE_SECONDS),
        created_at=at,
    )
    try:
        transact(context, lambda: row.save(force_insert=True, using=alias(context)))
    except IntegrityError:
        return _known(context, row)
    return _Claim(row.id, row.operation_id, row.lease_until)


def _known(context: str, wanted: IdempotencyKey) -> _Claim | IdempotencyKey:
    """Somebody used this key before: replay, wait, refuse, or take over what a crash left."""
    found = IdempotencyKey.objects.using(alias(context)).filter(pk=wanted.id).first()
    if found is None:
        raise InProgress("Repeat the request.", retry_after=1)  # removed between our two looks
    if found.created_at <= wanted.created_at - timedelta(hours=settings.SHOP_IDEMPOTENCY_HOURS):
        return _take(context, found, wanted, operation_id=wanted.operation_id, afresh=True)
    if (found.body_hash, found.endpoint) != (wanted.body_hash, wanted.endpoint):
        raise KeyReused("Use a fresh key for a new request; repeat the old one unchanged.")
    if found.state == DONE:
        return found
    if found.lease_until > wanted.created_at:
        raise InProgress("The first request with this key is still running.", retry_after=1)
    return _take(context, found, wanted, operation_id=found.operation_id, afresh=False)


def _take(context: str, found: IdempotencyKey, wanted: IdempotencyKey, *, operation_id: UUID, afresh: bool) -> _Claim:
    """Compare-and-set on what was seen: of several who try, one works and the others wait."""
    changes: dict[str, Any] = {"lease_until": wanted.lease_until, "status": 0}
    if afresh:
        changes |= {
            "body_hash": wanted.body_hash,
            "endpoint": wanted.endpoint,
            "operation_id": operation_id,
            "state": RUNNING,
            "created_at": wanted.created_at,
        }
    seen = {"pk": found.id, "state": found.state, "lease_until": found.lease_until, "created_at": found.created_at}
    rows = IdempotencyKey.objects.using(alias(context)).filter(**seen)
    if not transact(context, lambda: rows.update(**changes)):
        raise InProgress("The first request with this key is still running.", retry_after=1)
    return _Claim(found.id, operation_id, wanted.lease_until)


def _finish(context: str, claim: _Claim, response: Any) -> None:
    """Store a final answer; give the lease back when the answer says "try again", of which the status tells that this
    request is over."""
    if response.status_code >= 500 or response.status_code in (401, 429):
        _update(context, claim, lease_until=clock.now(), status=response.status_code)
        return
    data = isinstance(response, Response)
    body = to_json(response.data) if data else response.content
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    if data:
        headers["Content-Type"] = "application/json"
    _update(context, claim, state=DONE, status=response.status_code, headers=headers, body=body.decode())
    fault("idempotency.done")


def _update(context: str, claim: _Claim, **changes: Any) -> None:
    rows = IdempotencyKey.objects.using(alias(context)).filter(
        pk=claim.id, state=RUNNING, lease_until=claim.lease_until, operation_id=claim.operation_id
    )
    transact(context, lambda: rows.update(**changes))


def _replay(view: Any, request: Request, row: IdempotencyKey) -> Any:
    """The stored answer, byte for byte but for what is live."""
    headers = dict(row.headers) | {"Idempotent-Replayed": "true"}
    if row.status < 300 and hasattr(view, "live") and row.body:
        headers.pop("Content-Type", None)
        return Response(view.live(request, json.loads(row.body)), status=row.status, headers=headers)
    response = HttpResponse(row.body.encode(), status=row.status)
    for name, value in headers.items():
        response.headers[name] = value
    return response


def _with_live(view: Any, request: Request, response: Any) -> Any:
    if isinstance(response, Response) and response.status_code < 300 and hasattr(view, "live"):
        response.data = view.live(request, json.loads(to_json(response.data)))
    return response


def _canonical(data: Any) -> str:
    """The same text for the same body; a file counts by its content."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), default=lambda value: value.fingerprint)
