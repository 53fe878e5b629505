"""One request to the API, in this process."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client


def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
    """A JSON request to a path below /api/v1; header names with underscores: `idempotency_key="k1"`."""
    named: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    data = b"" if body is None else json.dumps(body).encode()
    return Client().generic(method, f"/api/v1{path}", data, content_type="application/json", **named)
