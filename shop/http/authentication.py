"""From a bearer token to a Principal. For now one kind: the token that opens one guest order."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from shop.principal import Principal

AUDIENCE = "orders"
_CHALLENGE = 'Bearer realm="shop"'


@cache
def _backend(secret: str) -> Any:
    """HS256 only, so neither `none` nor another algorithm is ever tried; the key serves this purpose alone."""
    key = hmac.new(secret.encode(), b"shop.order-token.v1", hashlib.sha256).hexdigest()
    return TokenBackend("HS256", signing_key=key, audience=AUDIENCE)


def issue_order_token(order_id: UUID) -> str:
    """The token of an order: always the same one, so that a repeated answer is the same answer."""
    backend = _backend(settings.SECRET_KEY)
    # Not TokenBackend.encode's caller: simplejwt's Token classes add iat, exp and jti, which would differ each time.
    token: str = backend.encode({"sub": f"order:{order_id}"})
    return token


def principal_from(token: str) -> Principal:
    """Who holds this token, or AuthenticationFailed."""
    try:
        claims = _backend(settings.SECRET_KEY).decode(token)
        subject = claims["sub"]
        kind, _, order_id = subject.partition(":")
        UUID(order_id)
    except (TokenBackendError, KeyError, ValueError, AttributeError, TypeError):
        raise AuthenticationFailed("The token is not valid.") from None
    if kind != "order":
        raise AuthenticationFailed("The token is not valid.")
    return Principal("guest", subject)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; request.user is the Principal, request.auth the token."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """None without the header; 401 for one that cannot be trusted."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or " " in token or not token.isascii() or len(token) > 4096:
            raise AuthenticationFailed("Send Authorization: Bearer <token>.")
        return principal_from(token), token

    def authenticate_header(self, request: Any) -> str:
        """The challenge of every 401."""
        return _CHALLENGE


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the OpenAPI document names it."""

    target_class = "shop.http.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """HTTP bearer, a JWT."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
