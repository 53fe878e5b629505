"""Twilio's errors, and what it refuses when a message is made."""

from __future__ import annotations

import re
from math import ceil

from apps.notifications.fakes.web import Reply, as_json

_E164 = re.compile(r"^\+[1-9][0-9]{6,14}$")
_SENDER = re.compile(r"^(\+[1-9][0-9]{6,14}|[A-Za-z0-9 ]{1,11}|[0-9]{4,6})$")
# Numbers that Twilio publishes for tests, and what it says to each.
_MAGIC = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: +15005550001"),
    "+15005550002": (21612, "The 'To' phone number: +15005550002, is not currently reachable"),
    "+15005550003": (21408, "Permission to send an SMS has not been enabled for the region"),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "To number: +15005550009, is not a mobile number"),
}


class TwilioError(Exception):
    """An error in Twilio's shape."""

    def __init__(self, code: int, message: str, status: int = 400, *, rest: float = 0.0) -> None:
        """Take Twilio's code, which is not the HTTP status; `rest` asks to be left alone for so many seconds."""
        super().__init__(message)
        self.code, self.message, self.status, self.rest = code, message, status, rest

    def reply(self) -> Reply:
        """Render it."""
        body = {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        answer = as_json(body, self.status)
        if self.status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        if self.rest:
            answer.headers["Retry-After"] = str(ceil(self.rest))
        return answer


def checked(params: dict[str, str]) -> tuple[str, str, str]:
    """Recipient, sender and text of a message that may be made."""
    to, sender, body = params.get("To", ""), params.get("From", ""), params.get("Body", "")
    if not to:
        raise TwilioError(21604, "A 'To' phone number is required.")
    if to in _MAGIC:
        raise TwilioError(*_MAGIC[to])
    if not _E164.match(to):
        raise TwilioError(21211, f"Invalid 'To' Phone Number: {to}")
    if not sender and not params.get("MessagingServiceSid"):
        raise TwilioError(21603, "A 'From' phone number is required.")
    if sender and not _SENDER.match(sender):
        raise TwilioError(21212, f"Invalid From Number (caller ID): {sender}")
    if not body:
        raise TwilioError(21602, "Message body is required.")
    if len(body) > 1600:
        raise TwilioError(21617, "The concatenated message body exceeds the 1600 character limit")
    _check_callback(params.get("StatusCallback", ""))
    return to, sender, body


def _check_callback(url: str) -> None:
    if url and not re.match(r"https?://[^\s/]", url):
        raise TwilioError(21609, f"Invalid StatusCallback URL: {url}")
