"""Every other public operation, asked in between: of people and labels that no order is about.

Each is asked with the example of the OpenAPI document, by somebody who may and by somebody who may not. What it answers
must be documented (tests/contract.py sees to that) and no crash; that no money and no stock moved is seen at the end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from shop.http.document import document
from shop.ids import uuid7
from tests.attacks.operations import Operation, operations

from .driver import Driver, drives
from .table import asked
from .world import BYSTANDER, fresh_key

PLACES = 1000


@dataclass(frozen=True)
class Aside:
    """An operation that is asked, and whose answer the model does not predict."""

    id: str
    asked: Operation


@cache
def aside() -> tuple[Aside, ...]:
    """All of them, in the order of the document."""
    ids = {
        (method.upper(), path): said["operationId"]
        for path, item in document()["paths"].items()
        for method, said in item.items()
    }
    every = (Aside(ids[one.method, one.path], one) for one in operations())
    return tuple(one for one in every if one.id in asked())


class Beside(Driver):
    """Whoever else uses the shop meanwhile."""

    @rule(place=st.integers(0, PLACES), stranger=st.booleans())
    def something_else(self, place: int, stranger: bool) -> None:
        one = aside()[place % len(aside())]
        operation = one.asked
        if stranger and not operation.needs_token:
            stranger = False
        who = "" if stranger or not operation.needs_token else self._may(operation)
        headers: dict[str, str] = {"if_match": "*"}
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.parameters):
            headers["idempotency_key"] = fresh_key()
        path = self._path(operation).removeprefix("/api/v1")
        answer = self.world.send(who, operation.method, path, operation.example, **headers)
        unavailable = answer.status_code == 503 and self.troubled
        assert answer.status_code < 500 or unavailable, f"{one.id}: {answer.content.decode()[:400]}"
        if stranger:
            assert answer.status_code == 401, f"{one.id} is open to strangers: {json.dumps(answer.json())[:400]}"

    @drives("receive_twilio_status", "receive_mail_news")
    @rule(news=st.sampled_from(["twilio", "mail"]))
    def forge_news(self, news: str) -> None:
        """Of a mail or a text, by somebody who cannot sign: tests/attacks leaves these out, whose bytes are signed."""
        told = {"events": []} if news == "mail" else {}
        answer = self.world.send("", "POST", f"/webhooks/{news}", told)
        assert answer.status_code in {400, 403, 415}, answer.content

    @staticmethod
    def _may(operation: Operation) -> str:
        return "admin" if operation.access.startswith("staff with") else BYSTANDER

    def _path(self, operation: Operation) -> str:
        """Of things that the model does not know: nothing that is sold, nobody who buys."""
        path = operation.path
        known: dict[str, Any] = {"user_id": self.world.people[BYSTANDER], "code": "attic", "sku": "MUG-NONE"}
        for parameter in operation.named("path"):
            name, random = parameter["name"], str(uuid7())
            value = known.get(name, random if parameter["schema"].get("format") == "uuid" else "acme")
            path = path.replace(f"{{{name}}}", value)
        return path
