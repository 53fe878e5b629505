"""Logging in and out: tokens for programs, cookies for browsers that want them."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.contracts import LockedOut, SessionOver, TooBusy, WrongCredentials
from apps.accounts.http.rendering import device_of, render_tokens
from apps.accounts.http.serializers import sessions as bodies
from apps.accounts.services.issue_session import Tokens
from apps.accounts.services.log_in import log_in
from apps.accounts.services.log_out import log_out
from apps.accounts.services.refresh_session import refresh_session
from apps.accounts.services.revoke_sessions import revoke_session, revoke_sessions
from shop import clock
from shop.errors import NotAuthenticated
from shop.http import cookies
from shop.http.access import anyone, customer, person_id, session_id_of
from shop.http.addresses import address_of, group_of, network_of
from shop.http.idempotency import unrepeatable
from shop.http.schema import raises
from shop.http.throttling import address, limit
from shop.http.views import ApiView

LOGIN = limit("login", "60/minute", by=address)
REFRESH = limit("refresh", "120/minute", by=address)
KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="So a client that lost the answer can repeat the request within two minutes and gets the same tokens.",
)
CSRF = OpenApiParameter(
    "X-CSRFToken", str, OpenApiParameter.HEADER, description="`csrf_token`, needed with the cookie."
)


def answer(request: Request, tokens: Tokens, *, by_cookie: bool) -> Response:
    """The pair of tokens; with a cookie the refresh token is in that alone."""
    response = Response()
    csrf = None
    if by_cookie:
        left = tokens.session.ends_at - clock.now()
        cookies.set_refresh(response, tokens.refresh, seconds=left.total_seconds())
        csrf = cookies.csrf_token(request._request, response)  # noqa: SLF001  # Django's CSRF wants Django's request
    response.data = render_tokens(tokens, by_cookie=by_cookie, csrf_token=csrf)
    return response


def sent_token(request: Request) -> tuple[str, bool]:
    """The refresh token of the body, or of the cookie and then guarded against forged requests; and whether it was."""
    body = bodies.RefreshBody(data=request.data).checked()
    if "refresh_token" in body:
        return body["refresh_token"], False
    text = cookies.cookie(request, cookies.REFRESH)
    if text:
        cookies.check_csrf(request._request)  # noqa: SLF001  # as above
    return text, bool(text)


class LogIn(ApiView):
    access = anyone("whoever knows the password of an address")
    authentication_classes = ()
    throttle = LOGIN

    @extend_schema(
        operation_id="log_in",
        summary="Log in",
        request=bodies.LogInBody,
        responses=bodies.TokensAnswer,
    )
    @raises(WrongCredentials, LockedOut, TooBusy)
    @unrepeatable("the answer holds tokens, which are kept nowhere")
    def post(self, request: Request) -> Response:
        """A session on this device. The answer is the same for unknown addresses and wrong passwords."""
        body = bodies.LogInBody(data=request.data).checked()
        device = device_of(request, body.get("device", ""), by_cookie=body["cookie"])
        network = group_of(address_of(request))
        tokens = log_in(email=body["email"], password=body["password"], device=device, network=network)
        return answer(request, tokens, by_cookie=body["cookie"])


class Refresh(ApiView):
    access = anyone("whoever holds a refresh token")
    authentication_classes = ()
    throttle = REFRESH

    @extend_schema(
        operation_id="refresh_tokens",
        summary="Exchange the refresh token",
        parameters=[KEY, CSRF],
        request=bodies.RefreshBody,
        responses=bodies.TokensAnswer,
    )
    @raises(SessionOver, cookies.CsrfFailed)
    @unrepeatable("the answer holds tokens; a key is honoured without keeping them")
    def post(self, request: Request) -> Response:
        """The next pair of tokens. A refresh token is good for one use: a second one ends its session."""
        text, by_cookie = sent_token(request)
        key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
        client = network_of(address_of(request))
        return answer(request, refresh_session(text, client=client, key=key, by_cookie=by_cookie), by_cookie=by_cookie)


class LogOut(ApiView):
    access = anyone("whoever holds one of the session's tokens")

    @extend_schema(
        operation_id="log_out",
        summary="Log out here",
        parameters=[CSRF],
        request=bodies.RefreshBody,
        responses={204: None},
    )
    @raises(cookies.CsrfFailed)
    @unrepeatable("ending a session again does nothing")
    def post(self, request: Request) -> Response:
        """This session ends: the one of the access token, or of the refresh token in the body or the cookie."""
        text, _ = sent_token(request)
        if session_id := session_id_of(request):
            revoke_session(person_id(request), session_id)
        elif text:
            log_out(text)
        else:
            raise NotAuthenticated("Send the access token or the refresh token of the session.")
        return without_cookies()


class LogOutEverywhere(ApiView):
    access = customer

    @extend_schema(
        operation_id="log_out_everywhere",
        summary="Log out on all devices",
        request=None,
        responses={204: None},
    )
    @unrepeatable("ending sessions again does nothing")
    def post(self, request: Request) -> Response:
        """All your sessions end, this one too. Access tokens on their way are refused within seconds."""
        revoke_sessions(person_id(request), reason="logged_out_everywhere")
        return without_cookies()


def without_cookies() -> Response:
    """204, and the browser forgets what it has."""
    response = Response(status=204)
    cookies.forget(response)
    return response
