"""How notifications look in the OpenAPI document."""

from __future__ import annotations

from typing import Any

MESSAGE: dict[str, Any] = {
    "id": "5a1f0c0e-7d0b-5b1e-9c55-0c7f3a1e2b44",
    "kind": "order_confirmed",
    "topic": "orders",
    "channel": "mail",
    "recipient": "ada@example.com",
    "order_number": "SO-7K3M-9QX2",
    "status": "sent",
    "attempts": 1,
    "last_error": "",
    "created_at": "2026-01-01T12:00:05Z",
    "sent_at": "2026-01-01T12:00:06Z",
    "delivered_at": None,
}
ATTEMPT: dict[str, Any] = {
    "number": 1,
    "started_at": "2026-01-01T12:00:05Z",
    "ended_at": "2026-01-01T12:00:06Z",
    "outcome": "accepted",
    "error": "",
    "asked_by": "",
    "delivery": "",
    "delivery_error": "",
    "delivery_at": None,
}
TOLD: dict[str, Any] = {"attempt": 1, "word": "delivered", "error": "", "told_at": "2026-01-01T12:00:09Z"}
DETAIL: dict[str, Any] = {
    **MESSAGE,
    "language": "en",
    "subject": "Your order SO-7K3M-9QX2 is confirmed",
    "text": "Thank you. Your order SO-7K3M-9QX2 is confirmed.",
    "tries": [ATTEMPT],
    "news": [TOLD],
}
SUPPRESSION: dict[str, Any] = {
    "id": "0b7e4e62-3a90-5d8f-8a1c-6f2d9b7c5e10",
    "channel": "mail",
    "address": "ada@example.com",
    "reason": "bounce",
    "detail": "550 5.1.1 no such mailbox",
    "active": True,
    "since": "2026-01-02T08:00:00Z",
    "released_at": None,
    "released_by": "",
}
CHOICE = {"wanted": True, "mandatory": False}
PREFERENCES: dict[str, Any] = {
    "topics": {
        "orders": {"mail": {"wanted": True, "mandatory": True}, "sms": CHOICE},
        "shipping": {"mail": CHOICE, "sms": {"wanted": False, "mandatory": False}},
    }
}
NEWS: dict[str, Any] = {
    "events": [
        {
            "type": "bounce",
            "recipient": "ada@example.com",
            "permanent": True,
            "message_id": "<5a1f0c0e-7d0b-5b1e-9c55-0c7f3a1e2b44@shop.example>",
            "detail": "550 5.1.1 no such mailbox",
        }
    ]
}
