"""The HTTP side: the list of mails, one mail, the JSON API and the controls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from html import escape

from apps.notifications.fakes.web import (
    LONGEST_SECONDS,
    MOST,
    Json,
    Reply,
    Request,
    as_json,
    number,
    page,
    table,
    whole_of,
)

from .smtp import Trouble
from .store import Mails

# What a mail shows runs no script, loads nothing from elsewhere and cannot reach the page around it. A link that is
# clicked opens a page of its own, which is as free as any.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_FENCE = f"sandbox {_SANDBOX}; default-src 'none'; img-src data: cid:; style-src 'unsafe-inline'"


class Site:
    """Answers every request of the mailbox page."""

    def __init__(self, mails: Mails, trouble: Trouble) -> None:
        """Show `mails`, set `trouble`."""
        self._mails = mails
        self._trouble = trouble
        routes: dict[str, Callable[..., Reply]] = {
            r"GET /": self._list,
            r"GET /messages/([^/]+)": self._one,
            r"GET /messages/([^/]+)/html": self._html,
            r"GET /messages/([^/]+)/raw": self._raw,
            r"GET /api/messages": self._api_list,
            r"DELETE /api/messages": lambda _: as_json({"deleted": mails.clear()}),
            r"GET /api/messages/([^/]+)": self._api_one,
            r"GET /_fake/health": lambda _: as_json({"status": "ok"}),
            r"GET /_fake": lambda _: as_json(asdict(trouble)),
            r"DELETE /_fake": self._calm,
            r"POST /_fake/refuse": self._refuse,
            r"POST /_fake/lose_answer": self._lose_answer,
            r"POST /_fake/delay": self._delay,
        }
        self._routes = [(re.compile(pattern + "$"), run) for pattern, run in routes.items()]

    def answer(self, request: Request) -> Reply:
        """Find the route and run it."""
        for pattern, run in self._routes:
            match = pattern.match(f"{request.method} {request.path}")
            if match:
                try:
                    return run(request, *match.groups())
                except _Wrong as wrong:
                    return as_json({"message": str(wrong)}, 400)
        return as_json({"message": f"The mailbox has no {request.method} {request.path}."}, 404)

    def _list(self, request: Request) -> Reply:
        mails = self._mails.newest(to=request.params.get("to", ""), subject=request.params.get("subject", ""))
        rows = [
            [
                escape(mail["received_at"].replace("T", " ")[:19]),
                escape(", ".join(mail["to"])),
                f'<a href="/messages/{mail["id"]}">{escape(mail["subject"] or "(no subject)")}</a>',
            ]
            for mail in mails[:200]
        ]
        note = f"{len(mails)} mails. Nothing leaves this machine."
        return page("Mailbox", note, table(["Received", "To", "Subject"], rows, empty="No mail yet."), refresh=True)

    def _one(self, _: Request, identifier: str) -> Reply:
        mail = self._mails.get(identifier)
        if mail is None:
            return page("Mailbox", "", '<p class="note">This mail is not here any more.</p>')
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in mail["headers"].items())
        html = (
            f'<h2>HTML</h2><iframe sandbox="{_SANDBOX}" title="The mail as HTML" '
            f'src="/messages/{identifier}/html"></iframe>'
            if mail["html"]
            else ""
        )
        text = f"<h2>Text</h2><pre>{_with_links(mail['text'])}</pre>" if mail["text"] else ""
        return page(
            "Mailbox",
            f"for {', '.join(mail['to'])}",
            f"<h1>{escape(mail['subject'] or '(no subject)')}</h1><dl>{facts}</dl>{html}{text}"
            f'<p><a href="/messages/{identifier}/raw">Source</a></p>',
        )

    def _html(self, _: Request, identifier: str) -> Reply:
        mail = self._mails.get(identifier)
        if mail is None:
            return as_json({"message": "No such mail."}, 404)
        html = re.sub(r"<head[^>]*>", r'\g<0><base target="_blank">', mail["html"], count=1)
        return Reply(200, html.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": _FENCE})

    def _raw(self, _: Request, identifier: str) -> Reply:
        mail = self._mails.get(identifier)
        if mail is None:
            return as_json({"message": "No such mail."}, 404)
        source = mail["raw"].encode("utf-8", errors="surrogateescape")
        return Reply(200, source, "text/plain; charset=utf-8", {"X-Content-Type-Options": "nosniff"})

    def _api_list(self, request: Request) -> Reply:
        mails = self._mails.newest(to=request.params.get("to", ""), subject=request.params.get("subject", ""))
        limit = number(request.params, "limit", 1000)
        return as_json({"total": len(mails), "messages": [_shown(mail) for mail in mails[:limit]]})

    def _api_one(self, _: Request, identifier: str) -> Reply:
        mail = self._mails.get(identifier)
        return as_json({"message": "No such mail."}, 404) if mail is None else as_json(_shown(mail))

    def _refuse(self, request: Request) -> Reply:
        """Refuse the next `count` mails with `code`, or every mail to one `recipient` until DELETE /_fake."""
        code = _switch(request, "code", 451, (400, 599))
        recipient = request.params.get("recipient", "").lower()
        if recipient:
            self._trouble.refused_recipients[recipient] = code
        else:
            self._trouble.refuse = _switch(request, "count", 1, (0, MOST))
            self._trouble.refuse_code = code
        return as_json(asdict(self._trouble))

    def _lose_answer(self, request: Request) -> Reply:
        """Keep the next `count` mails, but hang up before saying so."""
        self._trouble.lose_answer = _switch(request, "count", 1, (0, MOST))
        return as_json(asdict(self._trouble))

    def _delay(self, request: Request) -> Reply:
        """Take `milliseconds` for every mail."""
        self._trouble.delay = _switch(request, "milliseconds", 0, (0, LONGEST_SECONDS * 1000)) / 1000
        return as_json(asdict(self._trouble))

    def _calm(self, _: Request) -> Reply:
        for name, value in asdict(Trouble()).items():
            setattr(self._trouble, name, value)
        return as_json(asdict(self._trouble))


class _Wrong(Exception):
    """A switch was set to what it cannot be; the message says what it can be."""


def _switch(request: Request, name: str, default: int, bounds: tuple[int, int]) -> int:
    if name not in request.params:
        return default
    try:
        return whole_of(request.params[name], *bounds)
    except ValueError as error:
        raise _Wrong(f"Invalid {name}: {error}") from error


def _with_links(text: str) -> str:
    """The text as safe HTML, its addresses to be clicked."""
    link = r'<a href="\g<0>" target="_blank" rel="noopener noreferrer">\g<0></a>'
    return re.sub(r"https?://[^\s<>\"']+", link, escape(text, quote=False))


def _shown(mail: Json) -> Json:
    return {name: value for name, value in mail.items() if name != "raw"}
