"""What a refresh token looks like: session, generation, 256 bits that nobody can guess, and our seal over them.

Only a hash of the present one is stored. The seal tells an old token of ours, which ends its family, from garbage,
which does nothing: a session's id alone opens and closes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.conf import settings

PREFIX = "rt_"
LENGTH = len(PREFIX) + 91
_SEAL = 16


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token and what is in it."""

    text: str
    session_id: UUID
    generation: int
    ours: bool
    """Whether we made it, at whatever time."""

    @property
    def hash(self) -> str:
        """What is stored. 256 random bits need no slow hash."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def first_token(session_id: UUID) -> RefreshToken:
    """The token of a new session."""
    return _sealed(session_id, 0, secrets.token_bytes(32))


def next_token(used: RefreshToken, salt: str) -> RefreshToken:
    """The successor of a token: random as its salt, and the same one again for who holds both."""
    secret = hmac.digest(_key(settings.SECRET_KEY, b"next"), f"{used.text}|{salt}".encode(), "sha256")
    return _sealed(used.session_id, used.generation + 1, secret)


def new_salt() -> str:
    """256 random bits."""
    return secrets.token_hex(32)


def read_token(text: str) -> RefreshToken | None:
    """The token in this text; None when it cannot be one."""
    if len(text) != LENGTH or not text.startswith(PREFIX) or not text.isascii():
        return None
    try:
        raw = base64.b64decode(text[len(PREFIX) :] + "=", altchars=b"-_", validate=True)
    except ValueError:
        return None
    body, seal = raw[:-_SEAL], raw[-_SEAL:]
    ours = hmac.compare_digest(seal, _seal_of(body))
    return RefreshToken(text, UUID(bytes=body[:16]), int.from_bytes(body[16:20]), ours)


def hash_of_key(idempotency_key: str) -> str:
    """How an Idempotency-Key is kept with the rotation that it was sent with."""
    return hashlib.sha256(idempotency_key.encode("utf-8", "replace")).hexdigest() if idempotency_key else ""


def _sealed(session_id: UUID, generation: int, secret: bytes) -> RefreshToken:
    body = session_id.bytes + generation.to_bytes(4) + secret
    text = PREFIX + base64.urlsafe_b64encode(body + _seal_of(body)).rstrip(b"=").decode()
    return RefreshToken(text, session_id, generation, ours=True)


def _seal_of(body: bytes) -> bytes:
    return hmac.digest(_key(settings.SECRET_KEY, b"seal"), body, "sha256")[:_SEAL]


@cache
def _key(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"shop.refresh-token.v1." + purpose, "sha256")
