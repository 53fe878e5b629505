"""Known and unknown addresses take the same time: 200 tries of each, interleaved, with an argon2id of a twentieth.

A check as dear as the product's would hide what the rest of an answer takes: a difference shows the better without.

Of two equal distributions the chance that a try of the one is slower than a try of the other is one half; with 200
tries of each its estimate strays by 0.029 (one sigma). Slow spells of the machine hit both alike, since the tries
alternate; the processor's time of the same tries has fewer of them, so it shows a smaller difference.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import pytest

from apps.accounts.hashers import Argon2idHasher, child
from apps.accounts.models import AccountRequest, Session, User
from apps.accounts.services.handle_account_request import handle_account_request
from shop import clock
from shop.identity.tokens import issue_access_token
from shop.ids import uuid7
from shop.principal import Principal
from shop.testing.http import send
from tests.scenes import SHAPE, STORE

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.skipif((STORE, SHAPE) != ("sqlite", "mono"), reason="the same code runs on all; this takes its time"),
]
TRIES = 200
FIVE_SIGMA = 0.145
PASSWORD = "correct horse battery"

Flow = Callable[[str], int]


@pytest.fixture
def known(settings, monkeypatch) -> Iterator[list[str]]:
    """An address of an account for each try, verified and not by turns, all with one password."""
    settings.PASSWORD_HASHERS = ["apps.accounts.hashers.Argon2idHasher"]
    monkeypatch.setattr(Argon2idHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2idHasher, "memory_cost", 2048)
    # The helper's own work, but here: the helper stands back, so beside other tests each hash would wait for a second.
    monkeypatch.setattr("apps.accounts.hashers._helper", SimpleNamespace(ask=child.answer, stop=lambda: None))
    first = User.objects.create_user("known-0@example.com", PASSWORD)
    User.objects.bulk_create(
        User(
            email=f"known-{number}@example.com",
            password=first.password,
            verified_at=clock.now() if number % 2 else None,
        )
        for number in range(1, TRIES)
    )
    random.seed(20_261_127)
    gc.collect()
    gc.disable()
    yield [f"known-{number}@example.com" for number in range(TRIES)]
    gc.enable()


def register(email: str) -> int:
    return int(send("POST", "/auth/register", {"email": email, "password": PASSWORD}).status_code)


def resend(email: str) -> int:
    return int(send("POST", "/auth/verify/resend", {"email": email}).status_code)


def forgot(email: str) -> int:
    return int(send("POST", "/auth/password/forgot", {"email": email}).status_code)


def log_in(email: str) -> int:
    return int(send("POST", "/auth/token", {"email": email, "password": "wrong horse battery"}).status_code)


def change_email(email: str) -> int:
    asker = User.objects.get(email="asker@example.com")
    token = issue_access_token(Principal("customer", str(asker.pk)), Session.objects.get().pk)
    body = {"email": email, "current_password": PASSWORD}
    return int(send("POST", "/me/email", body, authorization=f"Bearer {token}").status_code)


def somebody_who_asks() -> None:
    asker = User.objects.create_user("asker@example.com", PASSWORD)
    Session.objects.create(user=asker, device="", ends_at=clock.now() + timedelta(days=1), token_hash=uuid7().hex)


@dataclass
class Tries:
    """Of one kind of address: seconds on the wall and of the processor, and what was answered."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)

    def add(self, flow: Flow, email: str) -> None:
        wall, processor = time.perf_counter(), time.process_time()
        self.statuses.add(flow(email))
        self.processor.append(time.process_time() - processor)
        self.wall.append(time.perf_counter() - wall)


def tries_of(flow: Flow, known: list[str]) -> tuple[Tries, Tries]:
    """Of the known and of the unknown addresses."""
    for email in ("warm-up-1@example.com", known[0]):
        flow(email)
    tries = {True: Tries(), False: Tries()}
    for number, email in enumerate(known):
        for is_known in random.sample((True, False), 2):
            tries[is_known].add(flow, email if is_known else f"other-{number}@example.com")
    return tries[True], tries[False]


def chance_that_the_first_is_slower(first: list[float], second: list[float]) -> float:
    """Mann and Whitney's U as a share: one half when nothing tells the two apart."""
    return sum((one > other) + (one == other) / 2 for one in first for other in second) / (len(first) * len(second))


@pytest.mark.parametrize(
    ("flow", "status"),
    [(register, 202), (resend, 202), (forgot, 202), (change_email, 202), (log_in, 401)],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_time_of_an_answer_does_not_tell_who_is_known(known, flow, status):
    somebody_who_asks()
    of_known, of_unknown = tries_of(flow, known)
    assert of_known.statuses == of_unknown.statuses == {status}
    for one, other in ((of_known.wall, of_unknown.wall), (of_known.processor, of_unknown.processor)):
        chance = chance_that_the_first_is_slower(one, other)
        assert abs(chance - 0.5) < FIVE_SIGMA, f"{chance=:.3f}"
    apart = abs(statistics.median(of_known.processor) - statistics.median(of_unknown.processor))
    assert apart < max(0.0003, 0.03 * statistics.median(of_unknown.processor)), f"{apart * 1000:.2f} ms apart"


def test_the_comparison_sees_an_answer_that_looks_first(known, monkeypatch):
    """As it would be without the job: whoever is known gets a token and a mail on the way."""

    def at_once(kind: str, email: str) -> None:
        row = AccountRequest.objects.create(kind=kind, email=email)
        handle_account_request(row)

    monkeypatch.setattr("apps.accounts.services.ask_for_link.note_request", at_once)
    of_known, of_unknown = tries_of(forgot, known)
    assert chance_that_the_first_is_slower(of_known.processor, of_unknown.processor) > 0.5 + FIVE_SIGMA
