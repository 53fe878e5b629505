"""Lists that everybody may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from shop.http.etags import etag_of
from shop.http.paging import limit_of, next_link, page_of, wants_total
from shop.http.rendering import RenderedJson, to_json


def public_list(
    request: HttpRequest, rows: QuerySet[Any, Any], *, order: tuple[str, ...], render: Callable[[Any], Any]
) -> RenderedJson:
    """One page with its validator and its Link header."""
    params = request.GET
    page = page_of(
        rows,
        order=order,
        limit=limit_of(params),
        after=params.get("after"),
        render=render,
        total=wants_total(params),
    )
    body = to_json(page)
    response = RenderedJson(body, etag=etag_of(body))
    if link := next_link(request, page["next_cursor"]):
        response.headers["Link"] = link
    return response
