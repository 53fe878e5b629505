"""Requests made by schemathesis from the shop's own document, sent in this process, and what is wrong then."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from math import ceil
from typing import Any

import hypothesis
import schemathesis
from django.core.signals import got_request_exception
from hypothesis import HealthCheck, Phase, given
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS as CHECKS_OF
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import Failure, FailureGroup

from shop.http.wsgi import Handler

load_all_checks()
CHECKS = CHECKS_OF.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
BEFORE_ANYBODY_IS_ASKED = {400, 401, 404, 406, 411, 414}
"""What a stranger may get where a token is needed; the rest would tell that nobody looked at it."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
KNOWN_SHARE = 0.6
"""How often an id in a path is one that exists."""


Known = dict[str, list[str]]
Caller = Callable[[str], tuple[str | None, Known]]
"""The path of an operation -> an Authorization header, and ids that are known to whoever it is."""


@dataclass
class Findings:
    """What was sent and what is wrong, each kind of fault once for each operation."""

    sent: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)

    def note(self, case: Case, kind: str, told: str) -> None:
        """Keep the first of its kind, with the request that shows it."""
        self.faults.setdefault(f"{case.operation.label}: {kind}", f"{told}\n{case.as_curl_command()}")


def fuzz(*, cases: int, seed: int, caller: Caller, known: Known, below: str = "") -> Findings:
    """At least `cases` requests to all operations (`below` a path) as whom `caller` names; `known` are ids."""
    operations = [operation for operation in _operations() if operation.path.startswith(below)]
    found, chance = Findings(), random.Random(seed)
    with _crashes_noted(found):
        for turn in count():  # some operations take nothing that could differ, so the others have more turns
            if found.sent >= cases:
                return found
            each = ceil((cases - found.sent) / len(operations) / len(MODES))
            for operation in operations:
                for mode in MODES:
                    token, theirs = caller(operation.path)
                    _run(operation, mode, each, _Sender(found, token, {**known, **theirs}, chance), seed + turn)
    return found


@cache
def _operations() -> tuple[Any, ...]:
    """Read once: whoever asks, they are the same, and to make the strategies of one costs more than to send a case."""
    schema = schemathesis.openapi.from_wsgi("/api/schema?format=json", Handler())
    return tuple(found.ok() for found in schema.get_all_operations())


@cache
def _strategy(operation: Any, mode: GenerationMode) -> Any:
    return operation.as_strategy(generation_mode=mode)


def _run(operation: Any, mode: GenerationMode, times: int, send: _Sender, seed: int) -> None:
    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=times,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_strategy(operation, mode))
    def once(case: Case) -> None:
        send(case)

    with suppress(hypothesis.errors.Unsatisfiable):  # what takes no value cannot be asked wrongly
        once()


class _Sender:
    def __init__(self, found: Findings, token: str | None, known: Known, chance: random.Random) -> None:
        self._found, self._token, self._known, self._chance = found, token, known, chance

    def __call__(self, case: Case) -> None:
        for name in case.path_parameters or {}:
            if name in self._known and self._chance.random() < KNOWN_SHARE:
                case.path_parameters[name] = self._chance.choice(self._known[name])
        case.headers.pop("Authorization", None)
        if self._token:
            case.headers["Authorization"] = self._token
        response = case.call()
        self._found.sent += 1
        self._found.statuses[response.status_code] = self._found.statuses.get(response.status_code, 0) + 1
        try:
            case.validate_response(response, checks=CHECKS)  # type: ignore[arg-type]  # its own list
        except (Failure, FailureGroup) as failure:
            for one in getattr(failure, "exceptions", (failure,)):
                told = self._found.crashes[-1] if response.status_code == 500 and self._found.crashes else str(one)
                self._found.note(case, f"{type(one).__name__} {response.status_code}", told)
        if not self._token and _needs_token(case) and response.status_code not in BEFORE_ANYBODY_IS_ASKED:
            self._found.note(case, f"open to strangers {response.status_code}", response.text[:300])


def _needs_token(case: Case) -> bool:
    return {} not in case.operation.definition.raw.get("security", [{}])


@contextmanager
def _crashes_noted(found: Findings) -> Iterator[None]:
    """Why an answer is a 500: only the log would tell."""

    def note(**_: Any) -> None:
        error = sys.exc_info()[1]
        found.crashes.append(f"{type(error).__name__}: {error}")

    got_request_exception.connect(note, weak=False)
    try:
        yield
    finally:
        got_request_exception.disconnect(note)
