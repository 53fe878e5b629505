"""The mails themselves: the last thousand, in memory, and as files if a folder is given."""

from __future__ import annotations

import json
import secrets
import threading
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

Json = dict[str, Any]
KEPT = 1000


def read(raw: bytes, *, sender: str, recipients: list[str]) -> Json:
    """A mail as the API shows it. `to` is the envelope, which also names blind copies."""
    message = message_from_bytes(raw, policy=policy.default)
    return {
        "id": f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{secrets.token_hex(4)}",
        "received_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "from": sender,
        "to": recipients,
        "subject": str(message.get("Subject", "")),
        "message_id": str(message.get("Message-ID", "")).strip(),
        "headers": {name: str(value) for name, value in message.items()},
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
        "attachments": [part.get_filename() or "" for part in message.iter_attachments()],
        "size": len(raw),
        "raw": raw.decode("utf-8", errors="surrogateescape"),
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        return str(part.get_payload())
    return content.replace("\r\n", "\n") if isinstance(content, str) else ""


class Mails:
    """Newest last inside, newest first outside."""

    def __init__(self, folder: Path | None = None, *, kept: int = KEPT) -> None:
        """Read what an earlier run kept."""
        self._lock = threading.Lock()
        self._folder = folder
        self._kept = kept
        self._rows: list[Json] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(folder.glob("*.json")):
                self._rows.append(json.loads(path.read_text()))
            self._trim()

    def add(self, mail: Json) -> None:
        """Keep a mail; the oldest goes when there are too many."""
        with self._lock:
            if self._folder is not None:
                self._path(mail).write_text(json.dumps(mail))
            self._rows.append(mail)
            self._trim()

    def _path(self, mail: Json) -> Path:
        assert self._folder is not None
        return self._folder / f"{mail['id']}.json"

    def _trim(self) -> None:
        while len(self._rows) > self._kept:
            self._forget(self._rows.pop(0))

    def _forget(self, mail: Json) -> None:
        if self._folder is not None:
            self._path(mail).unlink(missing_ok=True)

    def newest(self, *, to: str = "", subject: str = "") -> list[Json]:
        """All mails, newest first, to one address and with words in the subject if given."""
        with self._lock:
            rows = list(reversed(self._rows))
        return [
            row
            for row in rows
            if (not to or to.lower() in [address.lower() for address in row["to"]])
            and subject.lower() in row["subject"].lower()
        ]

    def get(self, identifier: str) -> Json | None:
        """One mail."""
        with self._lock:
            return next((row for row in self._rows if row["id"] == identifier), None)

    def clear(self) -> int:
        """Forget all; answers how many."""
        with self._lock:
            count = len(self._rows)
            for mail in self._rows:
                self._forget(mail)
            self._rows.clear()
        return count
