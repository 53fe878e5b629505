"""Both sides together."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from apps.notifications.fakes.web import Web

from .site import Site
from .smtp import Listener, Sink, Trouble
from .store import Mails


class Mailbox:
    """One running mailbox; port 0 takes a free one."""

    def __init__(
        self, *, smtp_port: int = 0, http_port: int = 0, host: str = "127.0.0.1", data: Path | None = None,
        verbose: bool = False,
    ) -> None:  # fmt: skip
        """Bind both ports."""
        self.mails = Mails(data)
        self.trouble = Trouble()
        self._web = Web(host, http_port, Site(self.mails, self.trouble).answer, verbose=verbose)
        self._smtp = Listener(host, smtp_port, Sink(self.mails, self.trouble))
        self.url = self._web.url
        self.smtp_port = self._smtp.port

    def start(self) -> Self:
        """Serve in the background."""
        self._web.start()
        self._smtp.start()
        return self

    def stop(self) -> None:
        """Close both ports."""
        self._smtp.stop()
        self._web.stop()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()
