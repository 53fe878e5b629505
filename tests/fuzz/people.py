"""Who sends the requests."""

from __future__ import annotations

from apps.accounts.rules import Role
from apps.accounts.testing.people import login, make_person


def somebody(kind: str) -> str | None:
    """The Authorization header of nobody, of a customer, or of staff who may do everything."""
    if kind == "nobody":
        return None
    if kind == "staff":
        return login(make_person("staff@example.com", Role.ADMIN))["authorization"]
    return login(make_person("customer@example.com"))["authorization"]
