"""Every answer of the in-process tests is held against the OpenAPI document: status, type, body, and a problem's code.

A middleware of tests.settings. What the document does not say fails the test that saw it, with a sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from jsonschema_rs import Draft202012Validator

from shop.http.document import document

PROBLEM = "application/problem+json"
ALWAYS = {405: "method_not_allowed"}
"""Of no operation in particular."""


class ContractMiddleware:
    """Looks at what leaves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, or an AssertionError that names what it says beside the document."""
        response = self.get_response(request)
        if settings.ROOT_URLCONF == "config.urls" and request.path_info.startswith("/api/v1/"):
            wrong = list(breaches(request, response))
            assert wrong == [], f"{request.method} {request.path}: {'; '.join(wrong)}"
        return response


def breaches(request: HttpRequest, response: Any) -> Iterator[str]:
    """What the document does not say of this answer."""
    operation = _operation(request)
    status, content_type = response.status_code, response.headers.get("Content-Type", "")
    if operation is None or content_type.startswith("text/html") or status >= 500:
        return
    if "X-Request-Id" not in response.headers or "RateLimit" not in response.headers:
        yield "no X-Request-Id or no RateLimit"
    body = json.loads(response.content) if "json" in content_type and response.content else None
    if ALWAYS.get(status) == (body or {}).get("code"):
        return
    if _is_resource(request, status, body) and "ETag" not in response.headers:
        yield "a single resource has an ETag, or its handler is marked by @untagged(why)"
    said = _answer(operation, status)
    if said is None:
        yield f"{status} {(body or {}).get('code', '')} is not documented"
    elif content_type != PROBLEM:
        yield from _wrong_body(said, response, body, request)
    elif body["code"] not in said.get("content", {}).get(PROBLEM, {}).get("examples", {}):
        yield f"{status} {body['code']} is not documented: name it in @raises (shop/http/schema.py)"


def _is_resource(request: HttpRequest, status: int, body: Any) -> bool:
    """Whether it is one thing, and not a list or something asked of somebody else."""
    view = resolve(request.path_info).func
    handler = getattr(getattr(view, "cls", view), "get", None)
    return request.method == "GET" and status == 200 and "data" not in (body or {}) and not hasattr(handler, "untagged")


def _wrong_body(said: dict[str, Any], response: Any, body: Any, request: HttpRequest) -> Iterator[str]:
    content, content_type = said.get("content", {}), response.headers.get("Content-Type", "")
    if body is None:
        if content and request.method != "HEAD":
            yield "a body is documented, and there is none"
        return
    if content_type not in content:
        yield f"{content_type} is not documented"
        return
    schema = content[content_type]["schema"]
    if "anyOf" in schema and "fields" not in request.GET:
        schema = schema["anyOf"][0]  # the other one is for those who asked for less
    for error in _validator(json.dumps(schema)).iter_errors(body):
        yield f"{'/'.join(map(str, error.instance_path))}: {error.message}"


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": document()["components"]}, validate_formats=True)


def _operation(request: HttpRequest) -> dict[str, Any] | None:
    try:
        route = resolve(request.path_info).route
    except (Resolver404, UnicodeError):
        return None
    path = document()["paths"].get("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route), {})
    found: dict[str, Any] | None = path.get("get" if request.method == "HEAD" else (request.method or "").lower())
    return found


def _answer(operation: dict[str, Any], status: int) -> dict[str, Any] | None:
    said: dict[str, Any] | None = operation["responses"].get(str(status))
    if said and "$ref" in said:
        said = document()["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return said
