"""Lists that everybody may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from shop.http.etags import etag_of
from shop.http.paging import asked_page
from shop.http.rendering import RenderedJson, to_json


def public_list(
    request: HttpRequest, rows: QuerySet[Any, Any], *, order: tuple[str, ...], render: Callable[[Any], Any]
) -> RenderedJson:
    """One page with its validator and its Link header."""
    page, headers = asked_page(request, rows, order=order, render=render)
    body = to_json(page)
    response = RenderedJson(body, etag=etag_of(body))
    for name, value in headers.items():
        response.headers[name] = value
    return response
