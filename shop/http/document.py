"""The OpenAPI document over HTTP. It is made once in a process, however many ask for it at once.

Making and writing it takes a third of a second of a core, and the generator loads its extensions in a way that threads
disturb.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import BaseRenderer

from .etags import etag_of, not_modified

FRESH_SECONDS = 300
"""So long a client or the gateway may keep it; a new release may change it."""
_making = Lock()


def document() -> dict[str, Any]:
    """The document as the code makes it; nobody may change it."""
    with _making:
        return _made()


def written(renderer: type[BaseRenderer]) -> tuple[bytes, str]:
    """The document as this renderer writes it, and its entity tag."""
    with _making:
        return _written(renderer)  # type: ignore[arg-type]  # any class is hashable


class OpenApiDocument(SpectacularAPIView):
    """The description of all operations, as YAML or, if that is asked for, as JSON."""

    @extend_schema(exclude=True)  # it is no operation of its own
    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """200 with the document, or 304 for who has it."""
        renderer = request.accepted_renderer
        body, etag = written(type(renderer))
        answer = HttpResponse(body, content_type=f"{renderer.media_type}; charset=utf-8")
        answer["ETag"] = etag
        answer["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
        answer["Content-Disposition"] = f'inline; filename="openapi.{renderer.format}"'
        return not_modified(request, answer)


@cache
def _made() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


@cache
def _written(renderer: type[BaseRenderer]) -> tuple[bytes, str]:
    text = renderer().render(_made(), renderer_context={})
    body = text if isinstance(text, bytes) else str(text).encode()
    return body, etag_of(body)
