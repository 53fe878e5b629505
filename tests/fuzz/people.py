"""Who sends the requests, and what is theirs."""

from __future__ import annotations

from itertools import count

from apps.accounts.rules import Role
from apps.accounts.testing.people import login, make_person
from shop.testing.http import send

ADDRESS = {"name": "Ada", "line1": "Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
_numbers = count()


def somebody(kind: str, path: str) -> tuple[str | None, dict[str, list[str]]]:
    """A person of their own for each operation, since some operations end sessions and people; and ids of theirs."""
    if kind == "nobody":
        return None, {}
    roles = [Role.ADMIN] if kind == "staff" else []
    person = make_person(f"{kind}-{next(_numbers)}@example.com", *roles)
    token, known = login(person)["authorization"], {"user_id": [str(person.pk)]}
    if "address_id" in path:
        known["address_id"] = [send("POST", "/me/addresses", ADDRESS, authorization=token).json()["id"]]
    return token, known
