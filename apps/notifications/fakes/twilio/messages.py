"""The messages: Twilio's shape, kept in memory and in one file of JSON lines if asked."""

from __future__ import annotations

import json
import secrets
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from apps.notifications.fakes.web import Json

VERSION = "2010-04-01"
KEPT = 1000
ENDS = ("delivered", "undelivered", "failed")
REASONS = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


class Messages:
    """Every message of every account, oldest first, and who wants none."""

    def __init__(self, file: Path | None = None) -> None:
        """Read what an earlier run kept."""
        self._lock = threading.Lock()
        self._file = file
        self._rows: dict[str, Json] = {}
        self._unsubscribed: set[str] = set()
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                self._read(json.loads(line))
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._rewrite()

    def _read(self, row: Json) -> None:
        """A line is a message as it was then, or who wants none; the last one says what is true."""
        if "unsubscribed" in row:
            self._unsubscribed = set(row["unsubscribed"])
        else:
            self._rows[row["sid"]] = row
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        while len(self._rows) > KEPT:
            del self._rows[next(iter(self._rows))]

    def put(self, row: Json) -> None:
        """Keep a new one, or what became of one; who was cleared away stays away."""
        with self._lock:
            if row["status"] != "queued" and row["sid"] not in self._rows:
                return
            self._rows[row["sid"]] = row
            self._forget_oldest()
            self._append(row)

    def _append(self, row: Json) -> None:
        if self._file is not None:
            with self._file.open("a") as file:
                file.write(json.dumps(row) + "\n")

    def newest(self) -> list[Json]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._rows.values()))

    def get(self, sid: str) -> Json | None:
        """One message."""
        with self._lock:
            return self._rows.get(sid)

    def clear(self) -> int:
        """Forget all messages; answers how many."""
        with self._lock:
            count = len(self._rows)
            self._rows.clear()
            self._rewrite()
        return count

    def _rewrite(self) -> None:
        if self._file is not None:
            lines = [*self._rows.values(), {"unsubscribed": sorted(self._unsubscribed)}]
            self._file.write_text("".join(json.dumps(row) + "\n" for row in lines))

    def unsubscribe(self, number: str) -> None:
        """The owner of this number answered STOP."""
        self._change(self._unsubscribed | {number})

    def subscribe(self, number: str) -> None:
        """The owner of this number answered START."""
        self._change(self._unsubscribed - {number})

    def _change(self, unsubscribed: set[str]) -> None:
        with self._lock:
            self._unsubscribed = unsubscribed
            self._append({"unsubscribed": sorted(unsubscribed)})

    def unsubscribed(self) -> list[str]:
        """Who wants none."""
        with self._lock:
            return sorted(self._unsubscribed)


def new(account: str, *, to: str, sender: str, body: str, service: str | None, callback: str | None) -> Json:
    """A message that was just taken."""
    return {
        "sid": f"SM{secrets.token_hex(16)}",
        "account": account,
        "to": to,
        "from": sender,
        "body": body,
        "service": service,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "status": "queued",
        "error": None,
        "callback": callback,
    }


def sent_at(row: Json) -> datetime:
    """When it was sent."""
    return datetime.fromisoformat(row["at"])


def shown(row: Json) -> Json:
    """As Twilio's API writes it."""
    at = format_datetime(sent_at(row).replace(microsecond=0))
    uri = f"/{VERSION}/Accounts/{row['account']}/Messages/{row['sid']}"
    return {
        "account_sid": row["account"],
        "api_version": VERSION,
        "body": row["body"],
        "date_created": at,
        "date_sent": None if row["status"] == "queued" else at,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": row["error"],
        "error_message": REASONS.get(row["error"]) or (row["error"] and "Unknown error"),
        "from": row["from"] or None,
        "messaging_service_sid": row["service"],
        "num_media": "0",
        "num_segments": str(segments(row["body"])),
        "price": None,
        "price_unit": "USD",
        "sid": row["sid"],
        "status": row["status"],
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": row["to"],
        "uri": f"{uri}.json",
    }


def segments(body: str) -> int:
    """How many SMS a text fills: 160 signs of GSM-7, or 153 in parts; 70 or 67 when it needs UCS-2."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in body):
        length, single, part = sum(2 if sign in _GSM_TWICE else 1 for sign in body), 160, 153
    else:
        length, single, part = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= single else -(-length // part)
