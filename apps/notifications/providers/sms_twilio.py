"""Text messages by Twilio's official SDK. Real or fake differ in the base address alone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from apps.notifications.rules import suppresses
from shop.db import forbid_transaction
from shop.pauses import asked_pause

from .protocol import NotSent, Outgoing, Undeliverable

logger = logging.getLogger(__name__)

TWILIO = "https://api.twilio.com"
SECONDS = 10.0
CLOCK_DIFFERENCE = timedelta(minutes=5)
CALLBACK_PATH = "/api/v1/webhooks/twilio"


class TwilioKeys(Protocol):
    """What settings.TWILIO holds."""

    @property
    def account_sid(self) -> str: ...
    @property
    def auth_token(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def api_base(self) -> str: ...


class BoundedHttp(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """Speaks to the configured address, and never waits without end."""

    def __init__(self, api_base: str) -> None:
        super().__init__(timeout=SECONDS)
        self._api_base = api_base.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Response:
        """Send it to where the settings say. Raises NotSent when Twilio asks to be left alone for a while."""
        if url.startswith(TWILIO):
            url = self._api_base + url[len(TWILIO) :]
        answer = super().request(method, url, *args, **options)
        if pause := asked_pause(answer.status_code, answer.headers):
            raise NotSent(f"Twilio answered {answer.status_code} and wants {pause:.0f} s of rest.", pause=pause)
        return answer


class TwilioCarrier:
    """Sends a text message, and tells whether it was sent before if that is not known."""

    def __init__(self, keys: TwilioKeys, public_url: str = "") -> None:
        self._sender = keys.sender
        self._client = Client(keys.account_sid, keys.auth_token, http_client=BoundedHttp(keys.api_base))
        self._callback = public_url + CALLBACK_PATH if _can_call(keys.api_base, public_url) else ""

    def send(self, message: Outgoing) -> str:
        """Hand it to Twilio, which has no idempotency keys, and ask it to tell what becomes of it."""
        forbid_transaction("Twilio")
        named = urlencode({"message": message.id, "attempt": message.attempt})
        told = {"status_callback": f"{self._callback}?{named}"} if self._callback else {}
        try:
            created = self._client.messages.create(to=message.recipient, from_=self._sender, body=message.text, **told)
        except TwilioRestException as error:
            if 400 <= error.status < 500 and error.status not in (401, 403, 404, 429):
                suppress = suppresses(str(error.code))
                raise Undeliverable(f"Twilio refuses it ({error.code}).", suppress=suppress) from error
            raise _not_now(error) from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise _no_answer(error) from error
        return str(created.sid or "")

    def find(self, message: Outgoing) -> Iterator[str]:
        """Newest first, by recipient, time and text; the same words may have been sent for another message."""
        forbid_transaction("Twilio")
        since = message.since - CLOCK_DIFFERENCE
        try:
            for sent in self._client.messages.list(to=message.recipient, limit=50):
                if sent.date_created and sent.date_created >= since and sent.body == message.text:
                    yield str(sent.sid)
        except TwilioRestException as error:
            raise _not_now(error) from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise _no_answer(error) from error


def _can_call(api_base: str, public_url: str) -> bool:
    """Twilio refuses a message that names an address of this machine for its news; the fake is on it."""
    here = (urlsplit(public_url).hostname or "") in {"", "localhost", "127.0.0.1", "::1"}
    return bool(public_url) and (not here or not api_base.startswith(TWILIO))


def _not_now(error: TwilioRestException) -> NotSent:
    if error.status in (401, 403, 404):
        logger.error("Twilio does not accept our keys: check TWILIO_KEYS (%s)", error.code)
    return NotSent(f"Twilio answered {error.status} ({error.code}).")


def _no_answer(error: Exception) -> NotSent:
    return NotSent(f"Twilio did not answer: {type(error).__name__}")
