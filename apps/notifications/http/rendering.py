"""Messages, suppressions and preferences as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.notifications.models import Attempt, Message, News, Suppression
from apps.notifications.rules import topic_of


def render_message(message: Message) -> dict[str, Any]:
    """In a list: without its text."""
    names = ("kind", "channel", "recipient", "order_number", "status", "attempts", "last_error")
    times = ("created_at", "sent_at", "delivered_at")
    shown = {name: getattr(message, name) for name in (*names, *times)}
    return {"id": message.pk, "topic": topic_of(message.kind).value, **shown}


def render_detail(message: Message, attempts: Sequence[Attempt], news: Sequence[News]) -> dict[str, Any]:
    """With its text, where a link that holds a token is a placeholder, every try, and what carriers told."""
    tries = [_attempt(attempt) for attempt in attempts]
    told = [{name: getattr(one, name) for name in ("attempt", "word", "error", "told_at")} for one in news]
    texts = {name: getattr(message, name) for name in ("language", "subject", "text")}
    return {**render_message(message), **texts, "tries": tries, "news": told}


def render_suppression(row: Suppression) -> dict[str, Any]:
    """One address that nothing is sent to, or was not."""
    names = ("channel", "address", "reason", "detail", "active", "since", "released_at", "released_by")
    return {"id": row.pk, **{name: getattr(row, name) for name in names}}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    sending = ("number", "started_at", "ended_at", "outcome", "error", "asked_by")
    return {name: getattr(attempt, name) for name in (*sending, "delivery", "delivery_error", "delivery_at")}
