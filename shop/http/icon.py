"""The shop's own small picture, which a browser asks of every host at /favicon.ico."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse

from shop.http.access import anyone
from shop.http.problems import problem

ICON = (Path(__file__).parent.parent / "static" / "shop" / "icon.svg").read_bytes()


def icon(request: HttpRequest) -> HttpResponse:
    """The same file as the staff's pages link; a browser keeps it for a day."""
    if request.method not in {"GET", "HEAD"}:
        return problem(request, 405, "method_not_allowed", headers={"Allow": "GET, HEAD"})
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(ICON, content_type="image/svg+xml", headers=headers)


icon.access = anyone("a browser asks for it before anybody logs in")  # type: ignore[attr-defined]
