"""The yardstick: what a Django view costs that reads the same rows and sends the same bytes, and does nothing else.

No middleware, no ETag, no request id, no log, no error handling: a shop cannot be much cheaper than this.
"""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.bare_settings"
application = get_wsgi_application()

from apps.catalog.models import Product  # noqa: E402  # models need the settings


def detail(_request: HttpRequest, slug: str) -> HttpResponse:
    """One read by slug."""
    page = Product.objects.filter(slug=slug).values_list("page", flat=True)[0]
    return _answer(page.encode())


def listing(_request: HttpRequest) -> HttpResponse:
    """The newest twenty, joined."""
    cards = Product.objects.filter(status="published").order_by("-shelved").values_list("card", flat=True)[:20]
    return _answer(b'{"data":[' + ",".join(cards).encode() + b"]}")


def _answer(body: bytes) -> HttpResponse:
    """With its length, as the others say it too: pieces without one would cost the server more."""
    return HttpResponse(body, content_type="application/json", headers={"Content-Length": str(len(body))})


urlpatterns = [path("list", listing), path("detail/<slug:slug>", detail)]
