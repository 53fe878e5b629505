"""Pages for people that are neither the API's nor the admin's: forms behind links in mails, and the login.

They run no script, load nothing, stand in no frame, are kept by nobody, and tell no other site their address, which
may hold a token. Their own site is told: of a page that tells nobody a browser sends forms with `Origin: null`, which
no check of forms can trust. `shop/page.html` is their frame.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop.errors import DomainError

LONGEST_TOKEN = 200
_HEADERS = {
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, no-store",
}


def page(
    request: HttpRequest, template: str, words: dict[str, Any], refusal: DomainError | None = None
) -> HttpResponse:
    """The page, with the status of the refusal that it tells of."""
    response = render(request, template, words, status=refusal.status if refusal else 200)
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if refusal is not None and "retry_after" in refusal.params:
        response.headers["Retry-After"] = str(refusal.params["retry_after"])
    return response
