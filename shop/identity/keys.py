"""Ed25519 keys of access tokens: 32 random bytes each, named by their thumbprint, published as a JWKS document."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "EdDSA"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name that its tokens carry."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)


@cache
def signing_keys(seeds: tuple[bytes, ...]) -> tuple[SigningKey, ...]:
    """The keys of these secrets, in order: the first one signs, all are published."""
    privates = [Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds]
    return tuple(SigningKey(str(public_jwk(private.public_key())["kid"]), private) for private in privates)


def public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """One entry of a JWKS; its kid is the RFC 7638 thumbprint, so the same key has the same name everywhere."""
    required = {"crv": "Ed25519", "kty": "OKP", "x": _encode(key.public_bytes_raw())}
    thumbprint = hashlib.sha256(json.dumps(required, sort_keys=True, separators=(",", ":")).encode()).digest()
    return {**required, "kid": _encode(thumbprint), "alg": ALGORITHM, "use": "sig"}


def public_keys(document: Any) -> dict[str, Ed25519PublicKey]:
    """The keys of a JWKS document by kid. Keys of other kinds are passed over; ValueError when it is no JWKS."""
    listed = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(listed, list):
        raise ValueError("this is no JWKS document")  # noqa: TRY004  # read from outside, like bad JSON
    found: dict[str, Ed25519PublicKey] = {}
    for entry in listed:
        if isinstance(entry, Mapping) and (entry.get("kty"), entry.get("crv")) == ("OKP", "Ed25519"):
            kid, x = entry.get("kid"), entry.get("x")
            if not isinstance(kid, str) or not isinstance(x, str):
                raise ValueError("a key has no kid or no x")
            found[kid] = Ed25519PublicKey.from_public_bytes(_decode(x))
    return found


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
