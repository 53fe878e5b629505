"""How we speak with Stripe: one bounded connection pool per process, and errors of ours."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import requests
import stripe
from requests.adapters import HTTPAdapter

from shop import call
from shop.db import forbid_transaction
from shop.errors import Busy, DeadlineExceeded, Unavailable
from shop.pauses import asked_pause

from .protocol import KeySpent, Refused

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
SHORTEST_SECONDS = 0.2


class BoundedSession(requests.Session):
    """Keeps connections open and never waits longer than the caller has time.

    A deadline that is over fails before anything is sent, so nothing happens that nobody waits for.
    """

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_connections=4, pool_maxsize=64))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """Send, with the time that is left as its limit; a redirect is an answer, not a way."""
        left = call.remaining()
        if left is not None and left < SHORTEST_SECONDS:
            raise requests.exceptions.Timeout("No time left to ask Stripe.")
        read = READ_SECONDS if left is None else min(READ_SECONDS, left)
        options |= {"timeout": (min(CONNECT_SECONDS, read), read), "allow_redirects": False}
        return super().request(method, url, *args, **options)


def new_client(secret_key: str, api_base: str, session: BoundedSession) -> stripe.StripeClient:
    """The official client over one shared pool; retries are ours, by rows and due times."""
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base.rstrip("/")},
        http_client=stripe.RequestsClient(session=session),
        max_network_retries=0,
    )


@contextmanager
def speaking_to_stripe() -> Iterator[None]:
    """Turn what the SDK raises into Refused (a clear no), KeySpent or Unavailable (unknown outcome)."""
    forbid_transaction("Stripe")
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise Refused(error.code or "invalid_request", _words(error)) from error
    except stripe.IdempotencyError as error:
        raise KeySpent(_words(error)) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.error("Stripe does not accept our key: check STRIPE_KEYS (%s)", type(error).__name__)  # noqa: TRY400
        raise Unavailable("Stripe does not accept our key.") from error
    except stripe.StripeError as error:
        if _is_saved_failure(error):
            raise KeySpent(_words(error)) from error
        if pause := asked_pause(error.http_status, error.headers):
            raise Busy(_words(error), retry_after=pause) from error
        left = call.remaining()
        if left is not None and left < SHORTEST_SECONDS:
            raise DeadlineExceeded("Stripe did not answer in time.") from error
        raise Unavailable(_words(error)) from error


def _is_saved_failure(error: stripe.StripeError) -> bool:
    """A failure that Stripe kept under our key and would answer for as long as it keeps keys."""
    headers = {str(name).lower(): str(value).lower() for name, value in dict(error.headers or {}).items()}
    return (error.http_status or 0) >= 500 and headers.get("idempotent-replayed") == "true"


def _words(error: stripe.StripeError) -> str:
    """What may be stored and logged: never a header or a key."""
    message = error.user_message or type(error).__name__
    return f"{message} ({error.http_status or 'no answer'})"[:300]


def our_id(metadata: Any, name: str) -> UUID | None:
    """An id of ours from what Stripe keeps for us; None on objects that others made."""
    try:
        return UUID(str(metadata[name]))
    except (KeyError, TypeError, ValueError):
        return None
