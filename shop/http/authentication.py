"""From a bearer token to a Principal: an access token of a person, or the token that opens one guest order."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import jwt
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from shop import clock
from shop.http.cookies import ACCESS, check_csrf, cookie
from shop.identity.keys import ALGORITHM
from shop.identity.revocation import is_revoked
from shop.identity.tokens import AccessToken, read_access_token
from shop.principal import Principal

AUDIENCE = "orders"
PAY = "order:pay"
"""What the token of a placed order grants beside opening it, as tokens without `scopes` do; a look-up's does not."""
LONGEST = 4096
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE = 'Bearer realm="shop"'


@cache
def _order_key(secret: str) -> str:
    """It serves this purpose alone."""
    return hmac.new(secret.encode(), b"shop.order-token.v1", hashlib.sha256).hexdigest()


def issue_order_token(order_id: UUID, *, since: datetime | None = None) -> str:
    """The token of who placed this order; it opens it and pays it for ORDER_TOKEN_HOURS, from now or `since`.

    Since the same moment it is the same token, so that a repeated answer is the same answer.
    """
    return _signed(order_id, since or clock.now(), {})


def issue_looked_up_token(order_id: UUID) -> str:
    """The token of who knows this order's number and e-mail address, which its buyer is not alone to know."""
    return _signed(order_id, clock.now(), {"scopes": []})


def _signed(order_id: UUID, since: datetime, granted: dict[str, list[str]]) -> str:
    ends = since + timedelta(hours=settings.ORDER_TOKEN_HOURS)
    claims = {"sub": f"order:{order_id}", "exp": int(ends.timestamp()), "aud": AUDIENCE, **granted}
    return jwt.encode(claims, _order_key(settings.SECRET_KEY), "HS256")


def _guest_of_order(token: str) -> Principal:
    """HS256 only, so neither `none` nor another algorithm is ever tried; the time is checked by our own clock."""
    options: Any = {"verify_exp": False, "require": ["exp", "sub"]}
    claims = jwt.decode(token, _order_key(settings.SECRET_KEY), ["HS256"], options=options, audience=AUDIENCE)
    kind, _, order_id = str(claims["sub"]).partition(":")
    UUID(order_id)
    if kind != "order":
        raise ValueError(kind)
    if int(claims["exp"]) <= clock.now().timestamp():
        raise TokenBackendExpiredToken("The token has expired.")
    return Principal("guest", claims["sub"], frozenset({PAY}).intersection(claims.get("scopes", [PAY])))


def _person(token: str) -> tuple[Principal, AccessToken]:
    found = read_access_token(token)
    if is_revoked(found.session_id):
        raise AuthenticationFailed("You have been logged out.")
    return found.principal, found


def principal_from(token: str) -> tuple[Principal, AccessToken | None]:
    """Who holds this token, and what it says; AuthenticationFailed when it cannot be trusted.

    The header only chooses the path. Each path accepts one algorithm and has keys of its own, so a public key is never
    a secret and `none` is nothing.
    """
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        if algorithm == ALGORITHM:
            return _person(token)
        if algorithm == "HS256":
            return _guest_of_order(token), None
    except TokenBackendExpiredToken:
        raise AuthenticationFailed("The token has expired.") from None
    except (jwt.InvalidTokenError, TokenBackendError, KeyError, ValueError, TypeError, AttributeError):
        pass
    raise AuthenticationFailed("The token is not valid.")


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; request.user is the Principal, request.auth the person's AccessToken.

    Without the header the cookie of the browsable API counts, for changes only with Django's CSRF token.
    """

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """None without a token; 401 for one that cannot be trusted."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return _from_cookie(request)
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or " " in token or not token.isascii() or len(token) > LONGEST:
            raise AuthenticationFailed("Send Authorization: Bearer <token>.")
        return principal_from(token)

    def authenticate_header(self, request: Any) -> str:
        """The challenge of every 401; who sent a token is told that it is the token."""
        return f'{_CHALLENGE}, error="invalid_token"' if "HTTP_AUTHORIZATION" in request.META else _CHALLENGE


def _from_cookie(request: Any) -> tuple[Any, Any] | None:
    token = cookie(request, ACCESS)
    if not token:
        return None
    found = principal_from(token) if len(token) <= LONGEST else None
    if found is None or found[1] is None:
        raise AuthenticationFailed("The cookie is not valid.")
    if request.method not in SAFE:
        request._not_authenticated()  # noqa: SLF001  # or whoever renders the refusal would ask again
        check_csrf(request._request)  # noqa: SLF001  # Django's check wants Django's request
    return found


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = "shop.http.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer, a JWT."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`access_token` of `POST /api/v1/auth/token`, good for five minutes; or an order's token.",
        }
