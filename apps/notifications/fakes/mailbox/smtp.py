"""The SMTP side: takes every mail, bounces on order."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from .store import Mails, read

LARGEST_MAIL = 20 * 1024 * 1024


@dataclass
class Trouble:
    """What goes wrong next; set through `/_fake/`. Addresses that begin with `bounce` are always refused."""

    refuse: int = 0
    refuse_code: int = 451
    lose_answer: int = 0
    delay: float = 0.0
    refused_recipients: dict[str, int] = field(default_factory=dict)


class Sink:
    """aiosmtpd's handler."""

    def __init__(self, mails: Mails, trouble: Trouble) -> None:
        """Put into `mails` whatever `trouble` lets through."""
        self._mails = mails
        self._trouble = trouble

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse addresses that bounce."""
        del server, session
        code = self._trouble.refused_recipients.get(address.lower())
        if code is None and address.lower().startswith("bounce"):
            code = 550
        if code is not None:
            return f"{code} <{address}> " + ("no such mailbox" if code >= 500 else "try again later")
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, unless trouble is ordered."""
        del session
        if self._trouble.delay:
            await asyncio.sleep(self._trouble.delay)
        if self._trouble.refuse:
            self._trouble.refuse -= 1
            code = self._trouble.refuse_code
            return f"{code} " + ("message refused" if code >= 500 else "try again later")
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        self._mails.add(read(raw, sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos)))
        if self._trouble.lose_answer:
            self._trouble.lose_answer -= 1
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        return "250 OK: kept in the mailbox"


class Listener:
    """The SMTP port, on an event loop of its own thread."""

    def __init__(self, host: str, port: int, sink: Sink) -> None:
        """Bind; port 0 takes a free one."""
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(self._loop.create_server(lambda: _protocol(sink), host, port))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp", daemon=True)

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and the conversations."""
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(2)
        if not self._loop.is_running():
            self._loop.close()

    def _end(self) -> None:
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(0.05, self._loop.stop)


def _protocol(sink: Sink) -> SMTP:
    return SMTP(
        sink,
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
        hostname="mailbox.test",
        ident="fake mailbox",
        auth_require_tls=False,
        authenticator=lambda *_: AuthResult(success=True),
    )
