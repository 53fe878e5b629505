"""Twilio's addresses, its errors, the page and the controls."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from apps.notifications.fakes.web import HangUp, Json, Reply, Request, as_json, number, page, table

from .messages import VERSION, Messages, Trouble, new, sent_at, shown

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

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        """Take Twilio's code, which is not the HTTP status."""
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

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
        return answer


class Api:
    """Answers every request of the fake. With no token given, any will do."""

    def __init__(self, messages: Messages, *, account: str | None, token: str | None) -> None:
        """Know the one account, if only one shall be let in."""
        self.trouble = Trouble()
        self._messages = messages
        self._account = account
        self._token = token
        base = rf"/{VERSION}/Accounts/(AC[0-9a-f]{{32}})/Messages"
        routes: dict[str, Callable[..., Reply]] = {
            rf"POST {base}\.json": self._create,
            rf"GET {base}\.json": self._list,
            rf"GET {base}/([A-Z]{{2}}[0-9a-f]{{32}})\.json": self._fetch,
            r"GET /": self._page,
            r"GET /api/messages": self._api_list,
            r"DELETE /api/messages": lambda _: as_json({"deleted": messages.clear()}),
            r"GET /_fake/health": lambda _: as_json({"status": "ok"}),
            r"GET /_fake/trouble": lambda _: as_json(asdict(self.trouble)),
            r"POST /_fake/trouble": self._set_trouble,
            r"DELETE /_fake/trouble": self._calm,
        }
        self._routes = [(re.compile(pattern + "$"), run) for pattern, run in routes.items()]

    def answer(self, request: Request) -> Reply:
        """Find the route and run it."""
        try:
            for pattern, run in self._routes:
                match = pattern.match(f"{request.method} {request.path}")
                if match:
                    if request.path.startswith(f"/{VERSION}/"):
                        self._admit(request, match[1])
                    return run(request, *match.groups())
            raise TwilioError(20404, f"The requested resource {request.path} was not found", 404)
        except TwilioError as error:
            return error.reply()

    def _admit(self, request: Request, account: str) -> None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        try:
            name, _, token = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = token = ""
        known = name == account and self._account in {None, account} and self._token in {None, token}
        if scheme.lower() != "basic" or not token or not known:
            raise TwilioError(20003, "Authenticate", 401)

    def _create(self, request: Request, account: str) -> Reply:
        if request.content_type != "application/x-www-form-urlencoded":
            raise TwilioError(20001, "The body must be form-encoded", 415)
        to, sender, body = _checked(request.params)
        if self.trouble.fail:
            self.trouble.fail -= 1
            code = 20429 if self.trouble.status == 429 else 20500
            raise TwilioError(code, "The fake was asked to fail.", self.trouble.status)
        delivered = not self.trouble.undelivered
        self.trouble.undelivered -= 0 if delivered else 1
        row = new(account, to=to, sender=sender, body=body, delivered=delivered)
        self._messages.add(row)
        if self.trouble.lose_answer:
            self.trouble.lose_answer -= 1
            raise HangUp
        return as_json(shown(row, fresh=True), 201)

    def _fetch(self, request: Request, account: str, sid: str) -> Reply:
        for row in self._messages.newest():
            if row["sid"] == sid and row["account"] == account:
                return as_json(shown(row))
        raise TwilioError(20404, f"The requested resource {request.path} was not found", 404)

    def _list(self, request: Request, account: str) -> Reply:
        wanted = _filter(request.params)
        rows = [row for row in self._messages.newest() if row["account"] == account and wanted(row)]
        size = min(max(number(request.params, "PageSize", 50), 1), 1000)
        place = number(request.params, "Page", 0)
        return as_json(_paged(rows, size, place, request))

    def _page(self, _: Request) -> Reply:
        rows = [
            [escape(row["at"].replace("T", " ")[:19]), escape(row["to"]), escape(row["from"]), escape(row["body"])]
            for row in self._messages.newest()[:200]
        ]
        columns = ["Sent", "To", "From", "Text"]
        return page(
            "Fake Twilio", "Nothing leaves this machine.", table(columns, rows, empty="No SMS yet."), refresh=True
        )

    def _api_list(self, request: Request) -> Reply:
        to = request.params.get("to", "").strip()
        rows = [row for row in self._messages.newest() if to in {"", row["to"]}]
        return as_json({"total": len(rows), "messages": [shown(row) for row in rows]})

    def _set_trouble(self, request: Request) -> Reply:
        for name in asdict(self.trouble):
            if name in request.params:
                setattr(self.trouble, name, number(request.params, name, 0))
        return as_json(asdict(self.trouble))

    def _calm(self, _: Request) -> Reply:
        self.trouble = Trouble()
        return as_json(asdict(self.trouble))


def _checked(params: dict[str, str]) -> tuple[str, str, str]:
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
    return to, sender, body


def _filter(params: dict[str, str]) -> Callable[[Json], bool]:
    to, sender = params.get("To"), params.get("From")
    on, after, before = (_time(params.get(name)) for name in ("DateSent", "DateSent>", "DateSent<"))

    def wanted(row: Json) -> bool:
        at = sent_at(row)
        return (
            to in {None, row["to"]}
            and sender in {None, row["from"]}
            and (on is None or at.date() == on.date())
            and (after is None or at >= after)
            and (before is None or at <= before)
        )

    return wanted


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise TwilioError(20001, f"Invalid date: {text}") from error


def _paged(rows: list[Json], size: int, place: int, request: Request) -> Json:
    def uri(at: int) -> str:
        kept = {name: value for name, value in request.params.items() if name not in {"Page", "PageSize", "PageToken"}}
        return f"{request.path}?{urlencode(kept | {'PageSize': size, 'Page': at})}"

    start = place * size
    here = rows[start : start + size]
    return {
        "messages": [shown(row) for row in here],
        "page": place,
        "page_size": size,
        "start": start,
        "end": start + max(len(here) - 1, 0),
        "uri": uri(place),
        "first_page_uri": uri(0),
        "next_page_uri": uri(place + 1) if len(rows) > start + size else None,
        "previous_page_uri": uri(place - 1) if place else None,
    }
