"""Access tokens: JWTs of five minutes, signed with Ed25519, that every context verifies alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
import msgspec
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from shop import clock
from shop.db.router import FRAMEWORK_HOME as ACCOUNTS
from shop.ids import uuid7
from shop.principal import Principal

from .keyring import keyring
from .keys import ALGORITHM, signing_keys

LIFE = timedelta(minutes=5)
AUDIENCE = "shop"


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a verified token says: who, of which session (its refresh family), until when."""

    principal: Principal
    session_id: UUID
    token_id: UUID
    expires_at: datetime


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    kind: Literal["customer", "staff"]
    scopes: list[str]
    sid: UUID
    jti: UUID
    iat: int
    exp: int


class AccessTokenBackend(TokenBackend):
    """simplejwt's backend with what it lacks: the kid, a key looked up by it, our clock, and no other algorithm."""

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign with the first key and say which one it was."""
        key = signing_keys(settings.SHOP_TOKEN_KEYS)[0]
        claims = {**payload, "iss": self.issuer, "aud": self.audience}
        return jwt.encode(claims, key.private, ALGORITHM, headers={"kid": key.kid})

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002  # simplejwt's
        """The claims, or TokenBackendError. The time is checked by the caller's clock."""
        try:
            key = keyring().find(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None:
                raise TokenBackendError("Nobody has published this key.")
            options: Any = {"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "sub", "jti"]}
            claims: dict[str, Any] = jwt.decode(
                token, key, [ALGORITHM], options=options, audience=self.audience, issuer=self.issuer
            )
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("The token is not valid.") from error
        return claims


def backend() -> AccessTokenBackend:
    """For tokens of this shop: its address issues them, its contexts are their audience."""
    return AccessTokenBackend(ALGORITHM, audience=AUDIENCE, issuer=settings.SHOP_TOKEN_ISSUER)


def issue_access_token(principal: Principal, session_id: UUID) -> str:
    """A token for this person in this session, good for LIFE from now."""
    at = int(clock.now().timestamp())
    return backend().encode(
        {
            "sub": principal.subject,
            "kind": principal.kind,
            "scopes": sorted(principal.scopes),
            "sid": str(session_id),
            "jti": str(uuid7()),
            "iat": at,
            "exp": at + int(LIFE.total_seconds()),
        }
    )


def read_access_token(token: str) -> AccessToken:
    """What a valid token says; TokenBackendError for any other. Whether its session was ended is not looked at."""
    raw = backend().decode(token)
    try:
        claims = msgspec.convert(raw, _Claims)
        UUID(claims.sub)
    except (msgspec.ValidationError, ValueError) as error:
        raise TokenBackendError("The token is not valid.") from error
    if claims.exp + _leeway().total_seconds() <= clock.now().timestamp():
        raise TokenBackendExpiredToken("The token has expired.")
    principal = Principal(claims.kind, claims.sub, frozenset(claims.scopes))
    return AccessToken(principal, claims.sid, claims.jti, datetime.fromtimestamp(claims.exp, UTC))


def _leeway() -> timedelta:
    """Who signs tokens goes by its own clock; everybody else's may be ahead of it."""
    return timedelta(0) if ACCOUNTS in settings.SHOP_CONTEXTS else clock.SKEW
