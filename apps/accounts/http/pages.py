"""Pages for people: the login of the browsable API, and where the links in mails lead if no front end takes them.

Opening a page does nothing, since scanners of mails open every link. The token is the proof, so there is no cookie.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views import View

from apps.accounts.services.accept_invitation import accept_invitation
from apps.accounts.services.confirm_email import confirm_email
from apps.accounts.services.reset_password import reset_password
from apps.accounts.services.verify_address import verify_address
from shop.errors import DomainError
from shop.http import throttling
from shop.http.pages import LONGEST_TOKEN, page
from shop.http.throttling import limit

from .views.login_page import LoginPage, LogoutPage


class TokenPage(View):
    """GET asks, POST does it and tells how it went."""

    throttle = limit("account-token", "60/minute")
    title: ClassVar[str]
    question: ClassVar[str]
    button: ClassVar[str]
    done: ClassVar[str]
    asks_name: ClassVar[bool] = False
    asks_password: ClassVar[bool] = False

    def get(self, request: HttpRequest) -> HttpResponse:
        """The question."""
        return self._page(request, request.GET.get("token", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """The answer. A refusal is told on the page, and can be mended there when it is about the password."""
        token, name, password = (request.POST.get(field, "")[:LONGEST_TOKEN] for field in ("token", "name", "password"))
        try:
            throttling.count(request, self.throttle).check()
            self.use(token, name, password)
        except DomainError as error:
            problems = [one.detail for one in error.errors] or [error.detail]
            return self._page(request, token, name=name, problems=problems, refusal=error)
        return self._page(request, token, done=self.done)

    def use(self, token: str, name: str, password: str) -> None:
        """What the token is for."""
        raise NotImplementedError

    def _page(
        self, request: HttpRequest, token: str, *, refusal: DomainError | None = None, **words: Any
    ) -> HttpResponse:
        words |= {"page": self, "token": token[:LONGEST_TOKEN]}
        return page(request, "accounts/token_page.html", words, refusal)


class VerifyPage(TokenPage):
    title = "Verify your address"
    question = "Did you open an account in our shop with this address?"
    button = "Yes, it was me"
    done = "Thank you. Your address is verified."

    def use(self, token: str, name: str, password: str) -> None:  # noqa: ARG002  # asks for none
        """The address is verified."""
        verify_address(token)


class ConfirmEmailPage(TokenPage):
    title = "Confirm your new address"
    question = "Shall your account be known by this address from now on?"
    button = "Use this address"
    done = "Thank you. Log in with the new address from now on."

    def use(self, token: str, name: str, password: str) -> None:  # noqa: ARG002  # asks for none
        """The account has its new address."""
        confirm_email(token)


class ResetPasswordPage(TokenPage):
    title = "Choose a new password"
    question = "It replaces the old one, and logs out all your devices."
    button = "Save"
    done = "Your password was changed. Log in with the new one."
    asks_password = True

    def use(self, token: str, name: str, password: str) -> None:  # noqa: ARG002  # asks for no name
        """The account has its new password."""
        reset_password(token=token, password=password)


class AcceptInvitationPage(TokenPage):
    title = "Work in our shop"
    question = "You are invited. Choose a password; if this address has an account, it replaces the old one."
    button = "Accept"
    done = "Welcome. Log in with this password."
    asks_name = asks_password = True

    def use(self, token: str, name: str, password: str) -> None:
        """The person is staff."""
        accept_invitation(token=token, name=name, password=password)


urlpatterns = [
    re_path("^api/login/?$", LoginPage.as_view(), name="page-login"),
    re_path("^api/logout/?$", LogoutPage.as_view(), name="page-logout"),
    re_path("^account/verify/?$", VerifyPage.as_view(), name="page-verify"),
    re_path("^account/confirm-email/?$", ConfirmEmailPage.as_view(), name="page-confirm-email"),
    re_path("^account/accept-invitation/?$", AcceptInvitationPage.as_view(), name="page-accept-invitation"),
    re_path("^account/reset-password/?$", ResetPasswordPage.as_view(), name="page-reset-password"),
]
