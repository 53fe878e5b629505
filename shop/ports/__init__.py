"""Ports: how one context asks another. `api.py` declares, this package carries the call.

Promise: the same line of code works whether the other context lives in this process or in another
one, and a caller sees exactly three outcomes: the answer, a `DomainError` of the contract, or
`Unavailable` (unknown, safe to repeat). Anything else is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping

from .declare import PORTS, Port, command, count_calls, query

__all__ = ["PORTS", "Port", "command", "count_calls", "query", "serve"]


def serve(context: str, port: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Answer one signed call of another deployment unit: status and JSON. The internal endpoint is one line."""
    from .server import serve as answer

    return answer(context, port, headers, body)
