"""Twilio's addresses, its errors, the page and the controls."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from apps.notifications.fakes.web import HangUp, Json, Reply, Request, as_json, number, page, table

from .callbacks import Callbacks
from .errors import TwilioError, checked
from .messages import VERSION, Messages, new, sent_at, shown
from .trouble import Trouble, Troubles


class Api:
    """Answers every request of the fake. With no token given, any will do."""

    def __init__(
        self, messages: Messages, troubles: Troubles, callbacks: Callbacks, *, account: str | None, token: str | None
    ) -> None:
        """Know the one account, if only one shall be let in."""
        self._messages = messages
        self._troubles = troubles
        self._callbacks = callbacks
        self._account = account
        self._token = token
        base = rf"/{VERSION}/Accounts/(AC[0-9a-f]{{32}})/Messages"
        routes: dict[str, Callable[..., Reply]] = {
            rf"POST {base}\.json": self._create,
            rf"GET {base}\.json": self._list,
            rf"GET {base}/([A-Z]{{2}}[0-9a-f]{{32}})\.json": self._fetch,
            r"GET /": self._page,
            r"GET /api/messages": self._api_list,
            r"DELETE /api/messages": self._clear,
            r"GET /api/callbacks": lambda _: as_json({"pending": callbacks.pending(), "told": callbacks.told}),
            r"POST /_fake/unsubscribe": self._unsubscribe,
            r"POST /_fake/subscribe": self._subscribe,
            r"GET /_fake/health": lambda _: as_json({"status": "ok"}),
            r"GET /_fake/trouble": lambda _: as_json(troubles.listed()),
            r"POST /_fake/trouble": self._set_trouble,
            r"DELETE /_fake/trouble": self._calm,
        }
        self._routes = [(re.compile(pattern + "$"), run) for pattern, run in routes.items()]

    @property
    def trouble(self) -> Trouble:
        """What is ordered, for tests that run the fake in their own process."""
        return self._troubles.now

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
        name, token = _login(request)
        known = name == account and self._account in {None, account} and self._token in {None, token}
        if not token or not known:
            raise TwilioError(20003, "Authenticate", 401)

    def _create(self, request: Request, account: str) -> Reply:
        if request.content_type != "application/x-www-form-urlencoded":
            raise TwilioError(20001, "The body must be form-encoded", 415)
        to, sender, body = checked(request.params)
        if to in self._messages.unsubscribed():
            raise TwilioError(21610, "Attempt to send to unsubscribed recipient")
        self._troubles.before()
        service, callback = request.params.get("MessagingServiceSid"), request.params.get("StatusCallback")
        row = new(account, to=to, sender=sender, body=body, service=service or None, callback=callback or None)
        self._messages.put(row)
        self._callbacks.follow(row, token=_login(request)[1])
        if self._troubles.spend("lose_answer"):
            raise HangUp
        return as_json(shown(row), 201)

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
            [
                escape(row["at"].replace("T", " ")[:19]),
                escape(row["to"]),
                escape(row["from"] or row["service"] or ""),
                escape(row["body"]),
                escape(f"{row['status']} {row['error'] or ''}"),
            ]
            for row in self._messages.newest()[:200]
        ]
        columns = ["Sent", "To", "From", "Text", "Status"]
        return page(
            "Fake Twilio", "Nothing leaves this machine.", table(columns, rows, empty="No SMS yet."), refresh=True
        )

    def _api_list(self, request: Request) -> Reply:
        to = request.params.get("to", "").strip()
        rows = [row for row in self._messages.newest() if to in {"", row["to"]}]
        return as_json({"total": len(rows), "messages": [shown(row) for row in rows]})

    def _set_trouble(self, request: Request) -> Reply:
        self._troubles.order(request.params)
        self._callbacks.wake()
        return as_json(self._troubles.listed())

    def _calm(self, _: Request) -> Reply:
        self._troubles.clear()
        self._callbacks.wake()
        return as_json(self._troubles.listed())

    def _clear(self, _: Request) -> Reply:
        self._callbacks.forget()
        return as_json({"deleted": self._messages.clear()})

    def _unsubscribe(self, request: Request) -> Reply:
        self._messages.unsubscribe(request.params.get("to", "").strip())
        return as_json({"unsubscribed": self._messages.unsubscribed()})

    def _subscribe(self, request: Request) -> Reply:
        self._messages.subscribe(request.params.get("to", "").strip())
        return as_json({"unsubscribed": self._messages.unsubscribed()})


def _login(request: Request) -> tuple[str, str]:
    """Name and token of the basic login, empty without one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, token = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (name, token) if scheme.lower() == "basic" else ("", "")


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
