"""Uploaded pictures, where they are files of this machine and not in a bucket, which shows them itself."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.views.static import serve

TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""All that we write. Anything else in the folder is not ours to show."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""A name is never used for another content."""


def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """The picture at `path`; a name that no file system takes, or that leads out, is as absent as any other."""
    kind = TYPES.get(path.rpartition(".")[2])
    if kind is None:
        raise Http404
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        answer: HttpResponseBase = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except (OSError, ValueError, SuspiciousOperation):
        raise Http404 from None
    answer.headers["Content-Type"] = kind
    answer.headers["Cache-Control"] = IMMUTABLE
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
