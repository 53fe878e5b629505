"""Which web apps of other origins may call the API from a browser: django-cors-headers, without its cost for others."""

from __future__ import annotations

from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest

VARY = "Vary"


class Cors(CorsMiddleware):
    """The library's, for requests that name an Origin; it is installed only where CORS_ALLOWED_ORIGINS allows one.

    All other answers of the API just say that they vary by Origin, so that no cache gives them to a web app.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """One dictionary look-up for who sends no Origin."""
        if "HTTP_ORIGIN" in request.META:
            return super().__call__(request)
        response: Any = self.get_response(request)
        if request.path_info.startswith(("/api/", "/.well-known/")):
            headers = response.headers
            headers[VARY] = f"{headers[VARY]}, Origin" if VARY in headers else "Origin"
        return response
