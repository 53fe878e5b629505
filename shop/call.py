"""The ambient call: trace, request id, principal, deadline. Carried through calls, events and tasks.

Promise: a callee may shorten the time that is left, never lengthen it.
"""

from __future__ import annotations

import secrets
import time
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any

import msgspec

from .principal import ANONYMOUS, Principal


class Call(msgspec.Struct, frozen=True):
    """What travels with a call. `deadline` is of this process's monotonic clock and is never sent as it is."""

    trace_id: str = ""
    request_id: str = ""
    principal: Principal = ANONYMOUS
    deadline: float | None = None
    caller: str = ""


_NOTHING = Call()
_call: ContextVar[Call] = ContextVar("shop.call", default=_NOTHING)


def current() -> Call:
    """The call that is being served now."""
    return _call.get()


def remaining() -> float | None:
    """Seconds until the deadline (negative when it has passed), None without one."""
    deadline = _call.get().deadline
    return None if deadline is None else deadline - time.monotonic()


class scope:  # noqa: N801 - used as a function: `with scope(timeout=2): ...`
    """Everything inside runs under the changed call; a trace id is made if there is none."""

    __slots__ = ("_call", "_token")

    def __init__(self, timeout: float | None = None, **changes: Any) -> None:
        call = _call.get()
        if timeout is not None:
            latest = time.monotonic() + timeout
            changes["deadline"] = latest if call.deadline is None else min(latest, call.deadline)
        if not call.trace_id and not changes.get("trace_id"):
            changes["trace_id"] = secrets.token_hex(16)
        self._call = msgspec.structs.replace(call, **changes)
        self._token: Token[Call] | None = None

    def __enter__(self) -> Call:
        self._token = _call.set(self._call)
        return self._call

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._token is not None:
            _call.reset(self._token)
