"""The one middleware that every request passes: ids, call scope, deadline, security headers, access log."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from shop import call
from shop.errors import DomainError, TooManyRequests, Unavailable
from shop.http import throttling
from shop.http.problems import answer_to, bad_request, length_required
from shop.ids import uuid7

access_log = logging.getLogger("shop.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_BODILESS = (204, 304)
_QUIET = ("/healthz", "/readyz", "/static/")


class RequestMiddleware:
    """Gives each request its ids and its time, and tells the log what became of it.

    Answers carry X-Request-Id (the client's own when it is a sane one), and nothing is cached unless a view says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve one request inside its own call scope."""
        started = time.perf_counter()
        path = request.path_info
        if path[-1:] == "/" and path.startswith("/api/"):
            request.path_info = path.rstrip("/")  # both spellings are one route, without a redirect
        meta = request.META
        request_id = meta.get("HTTP_X_REQUEST_ID")
        if request_id is None or _REQUEST_ID.fullmatch(request_id) is None:
            request_id = str(uuid7())
        trace_id = _trace_id(meta.get("HTTP_TRACEPARENT"))
        with call.scope(timeout=settings.SHOP_REQUEST_SECONDS, request_id=request_id, trace_id=trace_id):
            try:
                response = self._answer(request, path)
            except Exception as error:  # noqa: BLE001  # here the ids are known that its record needs
                response = answer_to(error, request)
            headers = response.headers
            headers["X-Request-Id"] = request_id
            headers["X-Content-Type-Options"] = "nosniff"
            if not response.streaming and response.status_code not in _BODILESS:
                headers.setdefault("Content-Length", str(len(response.content)))  # type: ignore[attr-defined]
            headers.setdefault("Cache-Control", "private, no-store")
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("X-Frame-Options", "DENY")
            if access_log.isEnabledFor(logging.INFO) and not path.startswith(_QUIET):
                tell_access(request.method or "", path, response.status_code, time.perf_counter() - started)
        return response

    def _answer(self, request: HttpRequest, path: str) -> HttpResponseBase:
        if "\x00" in path or "%00" in request.META.get("QUERY_STRING", ""):
            response: HttpResponseBase = bad_request(request)  # no database can look for it
        elif "HTTP_TRANSFER_ENCODING" in request.META:
            response = length_required(request)
        else:
            response = self.get_response(request)
        if path.startswith("/api/") and "RateLimit-Policy" not in response.headers:
            response = _counted(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """A refusal that a page did not expect (too many log in to the admin, an id that is none) is told, no crash."""
        if isinstance(exception, ValidationError):
            return bad_request(request)
        return answer_to(exception, request) if isinstance(exception, DomainError | Unavailable) else None


def _counted(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What no view of ours has answered (no such path, the schema) counts too."""
    verdict = throttling.count(request)
    try:
        verdict.check()
    except TooManyRequests as error:
        response = answer_to(error, request)
    verdict.tell(response)
    return response


def tell_access(method: str, path: str, status: int, seconds: float) -> None:
    """One line per answer. The record is made by hand: looking up the caller would cost as much as the rest."""
    record = logging.LogRecord(access_log.name, logging.INFO, "", 0, "%s %s", (method, path), None)
    record.status = status
    record.ms = round(seconds * 1000, 2)
    access_log.handle(record)


def _trace_id(header: str | None) -> str:
    """The trace of a W3C traceparent, or a new one."""
    match = _TRACEPARENT.fullmatch(header) if header else None
    if match and match[1] != "0" * 32 and match[2] != "0" * 16:
        return match[1]
    return secrets.token_hex(16)
