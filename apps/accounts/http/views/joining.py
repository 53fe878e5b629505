"""How people join and get back in. What strangers ask is answered alike for known and unknown addresses."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.contracts import EmailTaken, TokenNotValid, TooBusy, WrongPassword
from apps.accounts.http.serializers import joining as bodies
from apps.accounts.services.ask_for_email_change import ask_for_email_change
from apps.accounts.services.ask_for_link import ask_for_reset, ask_for_verification
from apps.accounts.services.ask_to_register import ask_to_register
from apps.accounts.services.change_password import change_password
from apps.accounts.services.confirm_email import confirm_email
from apps.accounts.services.reset_password import reset_password
from apps.accounts.services.verify_address import verify_address
from shop.http.access import anyone, customer, person_id
from shop.http.idempotency import unrepeatable
from shop.http.schema import raises
from shop.http.throttling import address, field, limit, together
from shop.http.views import ApiView

HARMLESS = "a repeat does no harm, and of a body with a password nothing is kept"
MAIL_TO = limit("mail-to", "10/hour", by=field("email"))
"""Mails that one address can be made to get, or not to get: counted when one is asked for, whoever the address is, and
not when the body is refused. Else whoever sends bad ones would lock an address for its owner, who gets no mail of it.
"""
MAIL_FROM = limit("mail-from", "5/hour", by=together(field("email"), address))
"""Of these so many from one network: a stranger cannot use them up, so that the owner gets none."""
ASK = limit("account-mail", "60/hour")
TOKEN = limit("account-token", "60/minute")
PROVE = limit("password-check", "20/hour")


def charge_mail(view: ApiView) -> None:
    """One mail to the address in the body. Who has asked too often from here takes nothing from what others may ask."""
    view.charge(MAIL_FROM)
    view.charge(MAIL_TO)


def in_the_mail() -> Response:
    """The one answer to whoever may be a stranger."""
    return Response(bodies.IN_THE_MAIL, status=202)


class Register(ApiView):
    access = anyone("who has no account yet cannot log in")
    throttle = limit("register", "60/hour")

    @extend_schema(
        operation_id="register_account",
        summary="Open an account",
        request=bodies.RegisterBody,
        responses={202: bodies.MailAnswer},
    )
    @unrepeatable(HARMLESS)
    @raises(TooBusy)
    def post(self, request: Request) -> Response:
        """A mail to the address says how to go on: verify it, or that it has an account already."""
        body = bodies.RegisterBody(data=request.data).checked()
        ask_to_register(**body, allow=lambda: charge_mail(self))
        return in_the_mail()


class Verify(ApiView):
    access = anyone("the token is the proof")
    throttle = TOKEN

    @extend_schema(
        operation_id="verify_address",
        summary="Verify an address",
        request=bodies.TokenBody,
        responses={204: None},
    )
    @unrepeatable(HARMLESS)
    @raises(TokenNotValid)
    def post(self, request: Request) -> Response:
        """With the token of the mail, once."""
        verify_address(**bodies.TokenBody(data=request.data).checked())
        return Response(status=204)


class ResendVerification(ApiView):
    access = anyone("who lost the mail may not be logged in")
    throttle = ASK

    @extend_schema(
        operation_id="resend_verification",
        summary="Send the verification mail again",
        request=bodies.EmailBody,
        responses={202: bodies.MailAnswer},
    )
    @unrepeatable(HARMLESS)
    def post(self, request: Request) -> Response:
        """A new link, which replaces the older one, if this address waits to be verified."""
        body = bodies.EmailBody(data=request.data).checked()
        charge_mail(self)
        ask_for_verification(**body)
        return in_the_mail()


class ForgotPassword(ApiView):
    access = anyone("who forgot the password cannot log in")
    throttle = ASK

    @extend_schema(
        operation_id="forgot_password",
        summary="Ask for a new password",
        request=bodies.EmailBody,
        responses={202: bodies.MailAnswer},
    )
    @unrepeatable(HARMLESS)
    def post(self, request: Request) -> Response:
        """A mail with a link to choose a new one, if there is an account. The link works for an hour."""
        body = bodies.EmailBody(data=request.data).checked()
        charge_mail(self)
        ask_for_reset(**body)
        return in_the_mail()


class ResetPassword(ApiView):
    access = anyone("the token is the proof")
    throttle = TOKEN

    @extend_schema(
        operation_id="reset_password",
        summary="Choose a new password with a link",
        request=bodies.ResetBody,
        responses={204: None},
    )
    @unrepeatable(HARMLESS)
    @raises(TokenNotValid, TooBusy)
    def post(self, request: Request) -> Response:
        """With the token of the mail, once. Every session ends, and the address counts as verified."""
        reset_password(**bodies.ResetBody(data=request.data).checked())
        return Response(status=204)


class ConfirmEmail(ApiView):
    access = anyone("the token is the proof")
    throttle = TOKEN

    @extend_schema(
        operation_id="confirm_email",
        summary="Confirm an account's new address",
        request=bodies.TokenBody,
        responses={204: None},
    )
    @unrepeatable(HARMLESS)
    @raises(TokenNotValid, EmailTaken)
    def post(self, request: Request) -> Response:
        """With the token of the mail to the new address, once. 409 when another account has it by now."""
        confirm_email(**bodies.TokenBody(data=request.data).checked())
        return Response(status=204)


class MyPassword(ApiView):
    access = customer
    throttle = PROVE

    @extend_schema(
        operation_id="change_password",
        summary="Change your password",
        request=bodies.ChangePasswordBody,
        responses={204: None},
    )
    @unrepeatable(HARMLESS)
    @raises(WrongPassword, TooBusy)
    def post(self, request: Request) -> Response:
        """Every other session ends, and a mail tells you of it."""
        body = bodies.ChangePasswordBody(data=request.data).checked()
        change_password(user_id=person_id(request), session_id=request.auth.session_id, **body)  # type: ignore[union-attr]
        return Response(status=204)


class MyEmail(ApiView):
    access = customer
    throttle = PROVE

    @extend_schema(
        operation_id="change_email",
        summary="Change your e-mail address",
        request=bodies.ChangeEmailBody,
        responses={202: bodies.MailAnswer},
    )
    @unrepeatable(HARMLESS)
    @raises(WrongPassword, TooBusy)
    def post(self, request: Request) -> Response:
        """A mail to the new address asks to confirm it, one to the old one tells of it. A later wish replaces it."""
        body = bodies.ChangeEmailBody(data=request.data).checked()
        ask_for_email_change(user_id=person_id(request), **body, allow=lambda: charge_mail(self))
        return in_the_mail()
