"""The door from WSGI to Django: what its request cannot read must not end as a 500 that nobody answers."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from shop.http import draining


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever charset its Content-Type names.

    Django reads that header before any handler of errors is there, and decodes the query with the charset that a
    client chose, codecs like "hex" included. Here a header that cannot be read counts as none, which is a 415.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            meta["CONTENT_TYPE"] = ""
            self.content_type, self.content_params = "", {}


class Handler(WSGIHandler):
    """Django's, with that request; while the process drains, each answer is the last one of its connection."""

    request_class = Utf8Request

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, and whether the caller may keep the connection."""
        response = super().get_response(request)
        if draining.is_draining():
            response.headers["Connection"] = "close"
        return response
