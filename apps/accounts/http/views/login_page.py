"""The login of the browsable API: a form, two HttpOnly cookies, no session. shop.http.people.Csrf guards the forms."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from apps.accounts.contracts import SessionOver
from apps.accounts.http.rendering import device_of
from apps.accounts.services.issue_session import Tokens
from apps.accounts.services.log_in import log_in
from apps.accounts.services.log_out import log_out
from apps.accounts.services.refresh_session import refresh_session
from shop import clock
from shop.errors import DomainError
from shop.http import cookies, throttling
from shop.http.addresses import address_of, group_of, network_of
from shop.http.pages import page
from shop.http.people import LOGIN

from .login import LOGIN as LIMIT

HOME = "/api/v1/me/sessions"


class LoginPage(View):
    """Who has a living refresh cookie is logged in again without a question; everybody else sees the form."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """On with it, or the form."""
        text = cookies.cookie(request, cookies.REFRESH)
        if not text:
            return _form(request)
        try:
            throttling.count(request, LIMIT).check()
            tokens = refresh_session(text, client=network_of(address_of(request)), by_cookie=True)
        except SessionOver:
            response = _form(request)
            cookies.forget(response)
            return response
        except DomainError as error:
            return _form(request, error)
        return _onward(request, tokens)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Checked as POST /auth/token is."""
        email, password = request.POST.get("email", "")[:254], request.POST.get("password", "")[:1024]
        device = device_of(request, "", by_cookie=True)
        try:
            throttling.count(request, LIMIT).check()
            tokens = log_in(
                email=email.replace("\0", ""), password=password, device=device, network=group_of(address_of(request))
            )
        except DomainError as error:
            return _form(request, error)
        return _onward(request, tokens)


class LogoutPage(View):
    """The button of the browsable API."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """The session ends, the cookies go."""
        log_out(cookies.cookie(request, cookies.REFRESH))
        response = HttpResponseRedirect(LOGIN)
        cookies.forget(response)
        return response


def _onward(request: HttpRequest, tokens: Tokens) -> HttpResponse:
    response = HttpResponseRedirect(_next(request))
    cookies.set_access(response, tokens.access)
    left = tokens.session.ends_at - clock.now()
    cookies.set_refresh(response, tokens.refresh, seconds=left.total_seconds())
    return response


def _form(request: HttpRequest, error: DomainError | None = None) -> HttpResponse:
    words = {"next": _next(request), "email": request.POST.get("email", "")[:254], "problem": error and error.detail}
    return page(request, "accounts/login.html", words, error)


def _next(request: HttpRequest) -> str:
    """Only to pages of the API on this very host."""
    wanted = request.POST.get("next", "") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/api/")
    return wanted if safe and not wanted.startswith(LOGIN) else HOME
