"""The messages: Twilio's shape, kept in memory and in one file of JSON lines if asked."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from apps.notifications.fakes.web import Json

VERSION = "2010-04-01"
KEPT = 1000


@dataclass
class Trouble:
    """What goes wrong with the next creations; set through `/_fake/trouble`.

    `fail` answers `status` and sends nothing. `lose_answer` sends, then hangs up. `undelivered` takes the message,
    but it never arrives.
    """

    fail: int = 0
    status: int = 500
    lose_answer: int = 0
    undelivered: int = 0


class Messages:
    """Every message of every account, oldest first."""

    def __init__(self, file: Path | None = None) -> None:
        """Read what an earlier run kept."""
        self._lock = threading.Lock()
        self._file = file
        self._rows: list[Json] = []
        if file is not None and file.exists():
            self._rows = [json.loads(line) for line in file.read_text().splitlines()][-KEPT:]
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._rewrite()

    def add(self, row: Json) -> None:
        """Keep one."""
        with self._lock:
            self._rows.append(row)
            if self._file is not None:
                with self._file.open("a") as file:
                    file.write(json.dumps(row) + "\n")
            del self._rows[:-KEPT]

    def newest(self) -> list[Json]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._rows))

    def clear(self) -> int:
        """Forget all; answers how many."""
        with self._lock:
            count = len(self._rows)
            self._rows.clear()
            self._rewrite()
        return count

    def _rewrite(self) -> None:
        if self._file is not None:
            self._file.write_text("".join(json.dumps(row) + "\n" for row in self._rows))


def new(account: str, *, to: str, sender: str, body: str, delivered: bool) -> Json:
    """A message that was just taken."""
    return {
        "sid": f"SM{secrets.token_hex(16)}",
        "account": account,
        "to": to,
        "from": sender,
        "body": body,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "delivered": delivered,
    }


def sent_at(row: Json) -> datetime:
    """When it was sent."""
    return datetime.fromisoformat(row["at"])


def shown(row: Json, *, fresh: bool = False) -> Json:
    """As Twilio's API writes it; `fresh` is the answer to the creation, where all is still to come."""
    at = format_datetime(sent_at(row).replace(microsecond=0))
    uri = f"/{VERSION}/Accounts/{row['account']}/Messages/{row['sid']}"
    failed = not row["delivered"] and not fresh
    status = "queued" if fresh else "delivered" if row["delivered"] else "undelivered"
    return {
        "account_sid": row["account"],
        "api_version": VERSION,
        "body": row["body"],
        "date_created": at,
        "date_sent": None if fresh else at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": 30003 if failed else None,
        "error_message": "Unreachable destination handset" if failed else None,
        "from": row["from"],
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(segments(row["body"])),
        "price": None,
        "price_unit": "USD",
        "sid": row["sid"],
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": row["to"],
        "uri": f"{uri}.json",
    }


def segments(body: str) -> int:
    """How many SMS a text fills: 160 signs or 153 in parts; 70 or 67 when it needs UCS-2."""
    plain = body.isascii()
    single, part = (160, 153) if plain else (70, 67)
    return 1 if len(body) <= single else -(-len(body) // part)
