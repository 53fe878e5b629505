"""Sessions, CSRF, login and messages: for pages that people use (the admin), never for API calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

from shop.looking import seen_by

_PAGES = "/admin/"
LOGIN, LOGOUT = "/api/login", "/api/logout"
FORMS = frozenset({LOGIN, LOGOUT})
"""The two forms of the browsable API."""


class _ForPeople:
    """Steps aside for every path but the pages'."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if self.concerns(request):
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)

    def concerns(self, request: HttpRequest) -> bool:
        """Whether the request is for one of the pages."""
        return request.path_info.startswith(_PAGES)


class Sessions(_ForPeople, SessionMiddleware):
    """Django's sessions, kept in the accounts database."""


class Csrf(_ForPeople, CsrfViewMiddleware):
    """Django's CSRF check for forms, and its cookie for the pages of the browsable API.

    A change through the API is checked where its cookie is read (shop.http.authentication, shop.http.cookies).
    """

    def concerns(self, request: HttpRequest) -> bool:
        """The admin, the login page, and API pages for people."""
        path = request.path_info
        if not path.startswith("/api/"):
            return path.startswith(_PAGES)
        return path in FORMS or "text/html" in request.META.get("HTTP_ACCEPT", "")

    def process_view(self, request: Any, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        """Check the pages' forms only."""
        if request.path_info.startswith(_PAGES) or request.path_info in FORMS:
            return super().process_view(request, callback, callback_args, callback_kwargs)
        return None


class Authentication(_ForPeople, AuthenticationMiddleware):
    """request.user of the pages, whose links lead only where that person may go."""

    def __call__(self, request: HttpRequest) -> Any:
        """Serve a page as it is for its person."""
        if not self.concerns(request):
            return self.get_response(request)
        self.process_request(request)
        with seen_by(request.user):
            return self.get_response(request)


class Messages(_ForPeople, MessageMiddleware):
    """Django's messages, for the admin."""
