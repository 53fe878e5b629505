"""The cookies of browsers: both HttpOnly, for the API's paths only, and never sent by a form on another site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.datastructures import MultiValueDict
from rest_framework.authentication import CSRFCheck

from shop.errors import DomainError
from shop.identity.tokens import LIFE

ACCESS, REFRESH = "shop_access", "shop_refresh"
PATH = "/api"


class CsrfFailed(DomainError):
    """A change by cookie needs the token of the cookie csrftoken as X-CSRFToken, and an Origin that is allowed."""

    code = "csrf_failed"
    title = "Not sent by our own page"
    status = 403


def cookie(request: Any, name: str) -> str:
    """A cookie of the request, "" when absent. Whoever sends none pays nothing."""
    return str(request.COOKIES.get(name, "")) if "HTTP_COOKIE" in request.META else ""


def set_access(response: HttpResponseBase, token: str) -> None:
    """For the browsable API: the access token, while it is good. Links from elsewhere may send it, forms may not."""
    _set(response, ACCESS, token, seconds=LIFE.total_seconds(), samesite="Lax")


def set_refresh(response: HttpResponseBase, token: str, *, seconds: float) -> None:
    """The refresh token. It is sent only from pages of the same site."""
    _set(response, REFRESH, token, seconds=seconds, samesite="Strict")


def forget(response: HttpResponseBase) -> None:
    """Take both back."""
    response.delete_cookie(ACCESS, PATH, samesite="Lax")
    response.delete_cookie(REFRESH, PATH, samesite="Strict")


def csrf_token(request: HttpRequest, response: HttpResponseBase) -> str:
    """The token that a page sends back as X-CSRFToken; its cookie goes into the response."""
    CSRFCheck(_nothing).process_request(request)
    token = get_token(request)
    response.set_cookie(
        settings.CSRF_COOKIE_NAME,
        request.META["CSRF_COOKIE"],
        max_age=settings.CSRF_COOKIE_AGE,
        secure=settings.CSRF_COOKIE_SECURE,
        samesite="Lax",
    )
    return token


def check_csrf(request: HttpRequest) -> None:
    """Django's own check: the Origin, and the token of the cookie in the header. The body is left to who parses it."""
    check = CSRFCheck(_nothing)
    check.process_request(request)
    with _no_form(request):
        reason = check.process_view(request, _nothing, (), {})
    if reason:
        raise CsrfFailed(f"{str(reason).rstrip('.')}. Send the cookie csrftoken's token as X-CSRFToken.")


@contextmanager
def _no_form(request: HttpRequest) -> Iterator[None]:
    """Django looks for the token in a form first: it would read a file past our limit, and leave nothing of it."""
    if "_post" in vars(request):
        yield
        return
    vars(request).update(_post=QueryDict(), _files=MultiValueDict())
    try:
        yield
    finally:
        del vars(request)["_post"], vars(request)["_files"]


def _set(response: HttpResponseBase, name: str, value: str, *, seconds: float, samesite: Any) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(seconds),
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=samesite,
    )


def _nothing(_request: Any) -> Any:
    return None
