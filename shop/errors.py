"""Errors that are part of a contract, and the two outcomes that are not: unknown, and a bug.

Promise: a `DomainError` raised behind a port reaches the caller as the same class with the same
values, whether the call was a function call or crossed the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import msgspec

ERRORS: dict[str, type[DomainError]] = {}
"""Every declared error by its code: how it finds its class again after the wire."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place in a body: a JSON pointer, a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """A refusal that the contract names. Subclass it with `code`, `title` and `status`; never catch it to hide it."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Refused"
    status: ClassVar[int] = 409

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            return
        known = ERRORS.setdefault(cls.code, cls)
        if (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"Two errors have the code {cls.code}: {known.__qualname__} and {cls.__qualname__}")

    def __init__(self, detail: str = "", *, errors: tuple[FieldError, ...] = (), **params: Any) -> None:
        self.detail = detail
        self.errors = tuple(errors)
        # As plain JSON at once, so that a local caller sees what a remote one would.
        self.params: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(params)) if params else {}
        super().__init__(detail or self.title)

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.code, self.detail, self.params or "") if part)

    def __reduce__(self) -> tuple[Any, ...]:
        return DomainError.from_wire, (self.to_wire(),)

    def to_wire(self) -> dict[str, Any]:
        """All that is needed to raise it again elsewhere, as plain JSON."""
        return {
            "code": self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "params": self.params,
            "errors": [asdict(error) for error in self.errors],
        }

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> DomainError:
        """The error again, as its own class; a code that is not known here stays a plain DomainError."""
        kind = ERRORS.get(wire["code"], DomainError)
        error = kind.__new__(kind)
        DomainError.__init__(error, wire["detail"], errors=tuple(FieldError(**one) for one in wire["errors"]))
        error.params = dict(wire["params"])
        if kind is DomainError:
            # Shadowing on the instance: the class of this code lives in a newer version of the contract.
            vars(error).update(code=wire["code"], title=wire["title"], status=wire["status"])
        return error


class Malformed(DomainError):
    """It cannot be read at all: broken JSON, a cursor that is none."""

    code = "malformed"
    title = "Malformed request"
    status = 400


class NotAuthenticated(DomainError):
    """No proof of who is calling, or a bad one."""

    code = "not_authenticated"
    title = "Not authenticated"
    status = 401


class Forbidden(DomainError):
    """Known, but not allowed."""

    code = "forbidden"
    title = "Not allowed"
    status = 403


class NotFound(DomainError):
    """Absent, or not yours: both look the same."""

    code = "not_found"
    title = "Not found"
    status = 404


class Invalid(DomainError):
    """Understood, but its values are wrong: see `errors`."""

    code = "invalid"
    title = "Invalid values"
    status = 422


class TooManyRequests(DomainError):
    """Asked too often; try again later."""

    code = "too_many_requests"
    title = "Too many requests"
    status = 429


class IdempotencyMismatch(DomainError):
    """The same key came with other arguments: one of the two calls is a mistake."""

    code = "kernel.idempotency_mismatch"
    title = "Key used for something else"
    status = 409


class Unavailable(Exception):
    """No answer: it may or may not have happened. Repeat it with the same key, never assume."""

    def __init__(self, detail: str = "", *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after

    def to_wire(self) -> dict[str, Any]:
        """What another unit must know to wait as long as a caller in this process would."""
        return {"error": str(self), "retry_after": self.retry_after, "busy": isinstance(self, Busy)}


class Busy(Unavailable):
    """The other side asked to be left alone for `retry_after` seconds: whatever tries again waits at least so long."""


class DeadlineExceeded(Unavailable):
    """The caller's time is used up."""


class CallInsideTransaction(RuntimeError):
    """A bug: something that may leave the process was called while a transaction is open."""
