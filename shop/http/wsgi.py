"""The door from WSGI to Django: what its request cannot read must not end as a 500 that nobody answers."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from shop.http import draining

MOST = 65_536
"""So many bytes of a body that nobody wanted are read, so that its connection can be kept."""


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
        """The answer, and whether the caller may keep the connection.

        Who was refused before their body was read may not know that the server ends such a connection: a small body is
        read to its end, after a large one the answer says that it was the last.
        """
        response = super().get_response(request)
        if draining.is_draining() or not _is_read(request):
            response.headers["Connection"] = "close"
        return response


def _is_read(request: HttpRequest) -> bool:
    """Whether nothing of the body is left, after so much was read as is worth a connection."""
    if hasattr(request, "_body"):
        return True
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        return bool(getattr(request, "_read_started", False))
    try:
        return len(request._stream.read(MOST + 1)) <= MOST  # noqa: SLF001
    except (OSError, ValueError):  # the caller has gone, or the body was closed
        return False
