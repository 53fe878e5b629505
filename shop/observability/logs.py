"""Structured logs: one line per record, with the request's ids, and without secrets."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from shop import call

ACCESS = "shop.access"
REDACTED = "[redacted]"
_SECRET = re.compile(
    r"\b(?:sk|rk|whsec)_[A-Za-z0-9_]{4,}"  # Stripe's secrets
    r"|\bpi_\w+_secret_\w+"  # a client_secret
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JWT
    r"|(?<=Bearer )\S+"
    r"|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)"  # user:password of a URL
)
_SECRET_NAME = re.compile(r"secret|password|token|authorization|cookie|api_?key", re.IGNORECASE)
_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """`text` without anything that looks like a credential."""
    return _SECRET.sub(REDACTED, text)


def on_one_line(text: str) -> str:
    """`text` with line breaks and whatever a terminal obeys spelled out: a caller's path writes no line of its own."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller gave as `extra=`, and the ids of the present call."""
    found: dict[str, Any] = dict(_call_ids())
    for name, value in record.__dict__.items():
        if name not in _PLAIN and name != "request":
            found[name] = REDACTED if _SECRET_NAME.search(name) else value
    return found


def _call_ids() -> dict[str, str]:
    current = call.current()
    ids = {"request_id": current.request_id, "trace_id": current.trace_id}
    return {name: value for name, value in ids.items() if value}


def _access_line(record: logging.LogRecord) -> bytes:
    """The hottest line of all, with the same members as the others; it holds nothing that could be a secret."""
    current = call.current()
    line = {
        "time": _time(record).isoformat(timespec="milliseconds"),
        "level": "info",
        "logger": ACCESS,
        "message": record.getMessage(),
        "request_id": current.request_id,
        "trace_id": current.trace_id,
        "status": record.__dict__.get("status"),
        "ms": record.__dict__.get("ms"),
    }
    return msgspec.json.encode(line)


def _is_crash(record: logging.LogRecord) -> bool:
    """Whether a traceback helps. What Django calls suspicious was refused with a 400; a client writes no tracebacks."""
    return bool(record.exc_info) and not record.name.startswith("django.security")


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, then everything known about the call."""
        if record.name == ACCESS:
            return _access_line(record).decode()
        line: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if _is_crash(record):
            line["exception"] = self.formatException(record.exc_info)  # type: ignore[arg-type]
        return redact(json.dumps(line, default=str, ensure_ascii=False))


class TextFormatter(logging.Formatter):
    """For people: the same facts on one line, a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, name=value pairs."""
        at = _time(record).isoformat(timespec="milliseconds")[11:23]
        if record.name == ACCESS:
            found, ids = record.__dict__, call.current()
            what = on_one_line(record.getMessage())
            return f"{at} I {ACCESS}: {found.get('status')} {what} {found.get('ms')}ms {ids.request_id}"
        facts = "".join(f" {name}={value}" for name, value in extras(record).items() if name != "trace_id")
        text = f"{at} {record.levelname[0]} {record.name}: {on_one_line(record.getMessage() + facts)}"
        if _is_crash(record):
            text += "\n" + self.formatException(record.exc_info)  # type: ignore[arg-type]
        return redact(text)


def logging_config(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for `form` "json" or "text"."""
    formatter = "JsonFormatter" if form == "json" else "TextFormatter"
    quiet = {"level": "WARNING"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"shop.observability.logs.{formatter}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            "django": {"level": level},
            "django.request": {"level": "CRITICAL"},  # shop.access tells of every answer, shop.http of every crash
            "celery": {"level": level},
            "celery.app.trace": quiet,
            "celery.worker.strategy": quiet,
            "celery.worker.request": quiet,
            "celery.beat": quiet,
            "urllib3": quiet,
            "stripe": quiet,
            "pymongo": quiet,
        },
    }
