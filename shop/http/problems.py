"""Every error leaves as an RFC 9457 problem document, made here and nowhere else. Views hold no `try`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from math import ceil
from typing import Any

import msgspec
from django.conf import settings
from django.core import exceptions as django_errors
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import loader
from rest_framework import exceptions as drf_errors
from rest_framework.request import Request

from shop import call
from shop.errors import ERRORS, DomainError, FieldError, Unavailable

logger = logging.getLogger("shop.http")
CONTENT_TYPE = "application/problem+json"

TITLES = {
    "malformed": "Malformed request",
    "invalid": "Invalid values",
    "not_authenticated": "Not authenticated",
    "forbidden": "Not allowed",
    "not_found": "Not found",
    "method_not_allowed": "Method not allowed",
    "not_acceptable": "Not acceptable",
    "unsupported_media_type": "Unsupported media type",
    "length_required": "Content-Length is needed",
    "body_too_large": "Body too large",
    "too_many_requests": "Too many requests",
    "unavailable": "Temporarily unavailable",
    "server_error": "Something broke on our side",
}


def problem(  # noqa: PLR0913  # the members of a problem document
    request: HttpRequest | Request,
    status: int,
    code: str,
    *,
    detail: str = "",
    title: str = "",
    errors: tuple[FieldError, ...] = (),
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer for one error. `params` are members of their own, as RFC 9457 allows."""
    title = title or TITLES.get(code, code.rpartition(".")[2].replace("_", " ").capitalize())
    body: dict[str, Any] = {
        "type": type_of(code),
        "title": title,
        "status": status,
        "detail": detail or f"{title}.",
        "instance": request.path,
        "code": code,
        "request_id": call.current().request_id,
    }
    if errors:
        body["errors"] = [asdict(error) for error in errors]
    if params:
        body["params"] = dict(params)
    response = HttpResponse(msgspec.json.encode(_encodable(body)), status=status, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "private, no-store"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def type_of(code: str) -> str:
    """The URI of a kind of problem: where its code is described."""
    return f"{settings.SHOP_PROBLEM_BASE}{slug_of(code)}"


def slug_of(code: str) -> str:
    """The last word of a code, as it stands in a URI; problems of two contexts may share it."""
    return code.rpartition(".")[2].replace("_", "-")


def title_and_status(code: str) -> tuple[str, int]:
    """What is always true of a problem with this code."""
    if error := ERRORS.get(code):
        return error.title, error.status
    return TITLES[code], STATUSES[code]


def _encodable(value: Any) -> Any:
    """Strings from outside may hold lone surrogates, which no UTF-8 can carry."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_encodable(name): _encodable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(one) for one in value]
    return value


def exception_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's hook: the problem document of whatever a view raised."""
    return answer_to(error, context["request"])


def answer_to(error: Exception, request: HttpRequest | Request) -> HttpResponse:
    """The problem document of any exception; what nobody expected is logged and told without detail."""
    for kinds, answer in _ANSWERS:
        if isinstance(error, kinds):
            return answer(error, request)
    return _unexpected(error, request)


def _domain(error: DomainError, request: HttpRequest | Request) -> HttpResponse:
    headers = {"WWW-Authenticate": 'Bearer realm="shop"'} if error.status == 401 else {}
    if error.status == 429 or "retry_after" in error.params:
        headers["Retry-After"] = str(max(1, ceil(float(error.params.get("retry_after", 1)))))
    return problem(
        request,
        error.status,
        error.code,
        title=error.title,
        detail=error.detail,
        errors=error.errors,
        params=error.params,
        headers=headers,
    )


def _unavailable(error: Unavailable, request: HttpRequest | Request) -> HttpResponse:
    logger.warning("unavailable: %s", error, extra={"path": request.path})
    retry = {"Retry-After": str(max(1, ceil(error.retry_after)))}
    detail = "A part of the shop does not answer. Repeat the request with the same Idempotency-Key."
    return problem(request, 503, "unavailable", detail=detail, headers=retry)


CODES = {
    400: "malformed",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "body_too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
STATUSES = {code: status for status, code in CODES.items()} | {
    "invalid": 422,
    "length_required": 411,
    "unavailable": 503,
    "server_error": 500,
}


def _drf(error: drf_errors.APIException, request: HttpRequest | Request) -> HttpResponse:
    if isinstance(error, drf_errors.ValidationError):
        errors = tuple(_pointers(error.get_full_details()))
        return problem(request, 422, "invalid", detail="Some values are wrong: see errors.", errors=errors)
    headers: dict[str, str] = {}
    if error.status_code == 401:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", None) or 'Bearer realm="shop"'
    if isinstance(error, drf_errors.Throttled):
        headers["Retry-After"] = str(max(1, ceil(getattr(error, "wait", None) or 1)))
    if allow := getattr(error, "allow", ""):
        headers["Allow"] = allow
    code = CODES.get(error.status_code, "malformed" if error.status_code < 500 else "unavailable")
    return problem(request, error.status_code, code, detail=str(error.detail), headers=headers)


def _pointers(details: Any, at: str = "") -> Iterator[FieldError]:
    """DRF's nested error lists as JSON pointers (RFC 6901)."""
    if isinstance(details, dict) and isinstance(details.get("message"), str) and "code" in details:
        yield FieldError(at, str(details["code"]), str(details["message"]))
    elif isinstance(details, dict):
        for name, inner in details.items():
            key = str(name).replace("~", "~0").replace("/", "~1")
            yield from _pointers(inner, at if name == "non_field_errors" else f"{at}/{key}")
    elif isinstance(details, list):
        leaves = all(isinstance(inner, dict) and isinstance(inner.get("message"), str) for inner in details)
        for position, inner in enumerate(details):
            yield from _pointers(inner, at if leaves else f"{at}/{position}")


def _database(error: Exception, request: HttpRequest | Request) -> HttpResponse:
    logger.error("a database does not answer", exc_info=error, extra={"path": request.path})
    return _unavailable(Unavailable("database"), request)


def _plain(status: int, code: str, detail: str = "") -> Callable[[Any, HttpRequest | Request], HttpResponse]:
    return lambda _error, request: problem(request, status, code, detail=detail)


_ANSWERS: tuple[tuple[Any, Callable[[Any, HttpRequest | Request], HttpResponse]], ...] = (
    (DomainError, _domain),
    (Unavailable, _unavailable),
    ((OperationalError, InterfaceError), _database),
    (drf_errors.APIException, _drf),
    ((Http404, django_errors.ObjectDoesNotExist), _plain(404, "not_found", "There is nothing here.")),
    (django_errors.PermissionDenied, _plain(403, "forbidden")),
    (django_errors.RequestDataTooBig, _plain(413, "body_too_large")),
    ((django_errors.BadRequest, django_errors.SuspiciousOperation), _plain(400, "malformed")),
)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404."""
    return _for_reader(request, 404, "not_found", "There is nothing at this path.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    return _for_reader(request, 400, "malformed")


def length_required(request: HttpRequest) -> HttpResponse:
    """A body in chunks: WSGI tells nobody where it ends, so it would be read as none."""
    return problem(request, 411, "length_required", detail="Send the body with Content-Length, not in chunks.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    return _for_reader(request, 403, "forbidden")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, for what broke outside the API's views: a page, a renderer, a middleware."""
    return _unexpected(sys.exception(), request)


def _unexpected(error: BaseException | None, request: HttpRequest | Request) -> HttpResponse:
    """Logged with its traceback under the request's id, and told without detail."""
    logger.error("unexpected error", exc_info=error, extra={"path": request.path, "method": request.method})
    return _for_reader(request, 500, "server_error", "The error was recorded. Please try again later.")


def _for_reader(request: HttpRequest | Request, status: int, code: str, detail: str = "") -> HttpResponse:
    """A page for a person in a browser; the problem document for programs, and always below /api."""
    if request.path.startswith("/api/") or "text/html" not in request.META.get("HTTP_ACCEPT", ""):
        return problem(request, status, code, detail=detail)
    words = {"status": status, "title": TITLES[code], "detail": detail, "path": request.path}
    page = loader.render_to_string("shop/problem.html", words | {"request_id": call.current().request_id})
    return HttpResponse(page, status=status, headers={"Cache-Control": "private, no-store"})
