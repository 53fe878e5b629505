"""Idempotency keys as Stripe promises them: one execution, and its very answer again, also a 500."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass

from .errors import Json, StripeError
from .shapes import now
from .store import Store

KEPT_SECONDS = 24 * 3600
KIND = "idempotency_key"


@dataclass(frozen=True)
class Answer:
    """What goes over the wire: status, body text and the first request's id."""

    status: int
    body: str
    request_id: str
    replayed: bool = False


class Keys:
    """Saved answers by account and key, and the keys that are at work right now."""

    def __init__(self, store: Store) -> None:
        """Saved answers live in the store and survive a restart; keys at work do not."""
        self._store = store
        self._lock = threading.Lock()
        self._working: set[tuple[str, str]] = set()

    def begin(self, account: str, key: str, *, path: str, params: Json) -> Answer | None:
        """Answer what is saved, or None when the caller is the one who executes and then must `end`."""
        if len(key) > 255:
            raise StripeError(
                "The idempotency key is too long; keys may have at most 255 characters.", kind="idempotency_error"
            )
        with self._lock:
            saved = self._store.get(account, KIND, key)
            if saved is not None and saved["at"] > now() - KEPT_SECONDS:
                _check_same(saved, key, path, params)
                return Answer(saved["status"], saved["body"], saved["request_id"], replayed=True)
            if (account, key) in self._working:
                raise StripeError(
                    "There is currently another in-progress request using this Idempotent Key (that probably "
                    f"means you submitted twice, and the other request is still going through): {key}. "
                    "Please try again later.",
                    status=409,
                    code="idempotency_key_in_use",
                )
            self._working.add((account, key))
            return None

    def save(self, account: str, key: str, *, path: str, params: Json, answer: Answer) -> None:
        """Remember the answer; call it in the transaction of the effect."""
        self._store.put(
            account,
            KIND,
            key,
            {
                "at": now(),
                "path": path,
                "params": _fingerprint(params),
                "status": answer.status,
                "body": answer.body,
                "request_id": answer.request_id,
            },
        )

    def end(self, account: str, key: str) -> None:
        """The execution is over, with or without a saved answer."""
        with self._lock:
            self._working.discard((account, key))


def _check_same(saved: Json, key: str, path: str, params: Json) -> None:
    if saved["path"] != path:
        raise StripeError(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{path}' vs '{saved['path']}'). Try using a key other than '{key}' if you meant to execute a "
            "different request.",
            kind="idempotency_error",
        )
    if saved["params"] != _fingerprint(params):
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )


def _fingerprint(params: Json) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()
