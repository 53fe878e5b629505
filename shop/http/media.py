"""Uploaded pictures on the embedded shop; in production a bucket or a front server has them."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.static import serve


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """The file at `path`; a name that no file system takes is as absent as any other."""
    try:
        answer: HttpResponseBase = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError:
        raise Http404 from None
    return answer
