"""One running fake Twilio."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from apps.notifications.fakes.web import Web

from .api import Api
from .callbacks import Callbacks
from .messages import Messages
from .trouble import Troubles


class FakeTwilio:
    """Messages of any account, or of one if `account` and `token` are given; port 0 takes a free one."""

    def __init__(  # noqa: PLR0913 - the options of the command line
        self, *, port: int = 0, host: str = "127.0.0.1", data: Path | None = None, account: str | None = None,
        token: str | None = None, pause: float = 0.05, verbose: bool = False,
    ) -> None:  # fmt: skip
        """Bind the port."""
        self.messages = Messages(data / "messages.jsonl" if data else None)
        troubles = Troubles()
        self.callbacks = Callbacks(self.messages, troubles, pause=pause)
        self.api = Api(self.messages, troubles, self.callbacks, account=account, token=token)
        self._web = Web(host, port, self.api.answer, verbose=verbose)
        self.url = self._web.url

    def start(self) -> Self:
        """Serve in the background."""
        self.callbacks.start()
        self._web.start()
        return self

    def stop(self) -> None:
        """Close the port."""
        self._web.stop()
        self.callbacks.stop()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()
