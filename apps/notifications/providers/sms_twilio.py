"""Text messages by Twilio's official SDK. Real or fake differ in the base address alone."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Protocol

import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from shop.db import forbid_transaction

from .protocol import NotSent, Outgoing, Undeliverable

logger = logging.getLogger(__name__)

TWILIO = "https://api.twilio.com"
SECONDS = 10.0
CLOCK_DIFFERENCE = timedelta(minutes=5)


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
        """Send it to where the settings say."""
        if url.startswith(TWILIO):
            url = self._api_base + url[len(TWILIO) :]
        return super().request(method, url, *args, **options)


class TwilioCarrier:
    """Sends a text message, and asks whether it was sent before if that is not known."""

    def __init__(self, keys: TwilioKeys) -> None:
        self._sender = keys.sender
        self._client = Client(keys.account_sid, keys.auth_token, http_client=BoundedHttp(keys.api_base))

    def send(self, message: Outgoing) -> str:
        """Hand it to Twilio, which has no idempotency keys: after an unknown outcome we look first."""
        forbid_transaction("Twilio")
        try:
            if message.tried_before and (sent := self._find(message)):
                return sent
            created = self._client.messages.create(to=message.recipient, from_=self._sender, body=message.text)
        except TwilioRestException as error:
            if error.status in (401, 403):
                logger.error("Twilio does not accept our keys: check TWILIO_KEYS (%s)", error.code)  # noqa: TRY400
            elif 400 <= error.status < 500 and error.status != 429:
                raise Undeliverable(f"Twilio refuses it ({error.code}).") from error
            raise NotSent(f"Twilio answered {error.status} ({error.code}).") from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise NotSent(f"Twilio did not answer: {type(error).__name__}") from error
        return str(created.sid or "")

    def _find(self, message: Outgoing) -> str | None:
        """Newest first, by recipient and time; the text carries the order's number, so it is its own."""
        since = message.written_at - CLOCK_DIFFERENCE
        for sent in self._client.messages.list(to=message.recipient, limit=50):
            if sent.date_created and sent.date_created >= since and sent.body == message.text:
                return str(sent.sid)
        return None
