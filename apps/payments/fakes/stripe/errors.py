"""Stripe's errors: one exception that carries status, type, code and param, rendered in Stripe's shape."""

from __future__ import annotations

from math import ceil
from typing import Any

Json = dict[str, Any]


class StripeError(Exception):
    """An answer other than 200, raised anywhere and rendered once by the server."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **details: Any) -> None:
        """Take `code`, `param`, `decline_code`, `payment_intent` and the like as further keywords."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.details = {name: value for name, value in details.items() if value is not None}

    @property
    def headers(self) -> dict[str, str]:
        """What goes along with it."""
        return {"WWW-Authenticate": 'Basic realm="Stripe"'} if self.status == 401 else {}

    def body(self) -> Json:
        """Render as Stripe does."""
        error: Json = {"message": self.message, "type": self.kind, **self.details}
        if "code" in error:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{str(error['code']).replace('_', '-')}"
        return {"error": dict(sorted(error.items()))}


class TooFast(StripeError):
    """Too many requests; nothing happened."""

    def __init__(self, message: str, *, seconds: float) -> None:
        """Ask for `seconds` of rest."""
        super().__init__(message, status=429, code="rate_limit")
        self._seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        """When to come again."""
        return {"Retry-After": str(ceil(self._seconds))}


class ValidationError(StripeError):
    """Refused before execution began, so no idempotency key remembers it."""


def missing(kind: str, identifier: str, *, param: str = "id", status: int = 404) -> StripeError:
    """Say that no such object exists on this account."""
    return StripeError(f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param)


def unexpected_state(message: str, intent: Json) -> StripeError:
    """Say that an intent's status does not allow this, with the intent in the error as Stripe does."""
    return StripeError(message, code="payment_intent_unexpected_state", payment_intent=intent)
