"""Where the keys come from that tokens are verified with: this process's own, configured ones, or a JWKS address."""

from __future__ import annotations

import json
import logging
import threading
import time
from functools import cache
from typing import Protocol

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from shop.db import forbid_transaction
from shop.errors import Unavailable

from .keys import public_keys, signing_keys

logger = logging.getLogger("shop.identity")

FRESH_SECONDS = 300.0
"""So long a fetched document is good; a key taken out of it is refused after that at the latest."""
PAUSE_SECONDS = 5.0
"""At least so long between two fetches, however many unknown kids come in."""
STALE_SECONDS = 3600.0
"""So long the last document serves while its address does not answer."""
LARGEST = 64 * 1024

PublicKeys = dict[str, Ed25519PublicKey]


class Keyring(Protocol):
    """Finds a public key by its name."""

    def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or None when nobody published it. Unavailable when that cannot be known now."""


def keyring() -> Keyring:
    """The keys that this process trusts."""
    return _keyring(settings.SHOP_TOKEN_KEYS, settings.SHOP_TOKEN_JWKS)


@cache
def _keyring(seeds: tuple[bytes, ...], jwks: str) -> Keyring:
    if jwks.startswith(("http://", "https://")):
        return RemoteKeys(jwks)
    if jwks:
        return KnownKeys(public_keys(json.loads(jwks)))
    return KnownKeys({key.kid: key.private.public_key() for key in signing_keys(seeds)})


class KnownKeys:
    """Keys that do not change while the process runs."""

    def __init__(self, keys: PublicKeys) -> None:
        self._keys = keys

    def find(self, kid: str) -> Ed25519PublicKey | None:
        """A look into a dictionary."""
        return self._keys.get(kid)


class RemoteKeys:
    """The document at an address, cached; fetched again when it is old or a kid is unknown, but never in a hurry."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(num_pools=1, maxsize=1, retries=False, timeout=2.0)
        self._lock = threading.Lock()
        self._keys: PublicKeys = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._failed = False
        """The last time that it was asked for: a key that is unknown since may have been published."""

    def find(self, kid: str) -> Ed25519PublicKey | None:
        """From the cache when it can; at most one fetch per PAUSE_SECONDS, whatever is asked.

        While one thread renews what is old, the others go on with it; who asks for an unknown kid waits.
        """
        known = kid in self._keys and self._age() < STALE_SECONDS
        if known and self._age() < FRESH_SECONDS:
            return self._keys[kid]
        if self._lock.acquire(blocking=not known):  # who has waited finds what the one before has fetched
            try:
                if (kid not in self._keys or self._age() >= FRESH_SECONDS) and self._may_try():
                    self._fetch()
            finally:
                self._lock.release()
        found = self._keys.get(kid)
        if self._age() >= STALE_SECONDS or (found is None and self._failed):
            raise Unavailable("the keys of access tokens", retry_after=PAUSE_SECONDS)
        return found

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else time.monotonic() - self._fetched_at

    def _may_try(self) -> bool:
        return self._tried_at is None or time.monotonic() - self._tried_at >= PAUSE_SECONDS

    def _fetch(self) -> None:
        forbid_transaction("fetching the keys of access tokens")
        self._tried_at, self._failed = time.monotonic(), True
        try:
            with self._http.request("GET", self._url, preload_content=False, redirect=False) as answer:
                body = answer.read(LARGEST)
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            self._keys = public_keys(json.loads(body))
            self._fetched_at, self._failed = time.monotonic(), False
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            logger.warning("the keys of access tokens were not fetched: %s", error)
