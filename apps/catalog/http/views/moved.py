"""The answer to an old slug."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from shop.http.rendering import PUBLIC


def moved(request: HttpRequest, path: str) -> HttpResponse:
    """301 to the same question at the present slug. Kept for a minute only: another product may take the old slug."""
    query = request.META.get("QUERY_STRING", "")
    location = f"/api/v1/{path}{'?' if query else ''}{query}"
    return HttpResponse(status=301, headers={"Location": location, "Cache-Control": PUBLIC})
