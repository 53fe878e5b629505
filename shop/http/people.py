"""Sessions, CSRF, login and messages: for pages that people use (the admin), never for API calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware

_PAGES = "/admin/"


class _ForPeople:
    """Steps aside for every path but the pages'."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(_PAGES):
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)


class Sessions(_ForPeople, SessionMiddleware):
    """Django's sessions, kept in the accounts database."""


class Csrf(_ForPeople, CsrfViewMiddleware):
    """Django's CSRF check; the API takes no cookies, so it has nothing to forge."""

    def process_view(self, request: Any, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        """Check the pages' forms only."""
        if request.path_info.startswith(_PAGES):
            return super().process_view(request, callback, callback_args, callback_kwargs)
        return None


class Authentication(_ForPeople, AuthenticationMiddleware):
    """request.user of the pages."""


class Messages(_ForPeople, MessageMiddleware):
    """Django's messages, for the admin."""
