"""One shop for one sequence: who asks, what time it is, who dies where, and how it comes to rest."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from django.test import Client, override_settings

from apps.accounts.rules import ROLES, Role
from apps.accounts.testing.people import make_person
from apps.catalog.testing.make import make_product
from config.contexts import CONTEXTS
from shop import clock, faults, jobs
from shop.http.authentication import issue_order_token
from shop.ids import uuid7
from shop.money import Money
from shop.testing.flush import flush
from shop.testing.tokens import bearer
from tests.harness import auditor

from .stripe import Stripe, signed, stripe_in_hand

PRICES = {"MUG-BLUE": 1200, "MUG-RED": 1200, "CUP-GREEN": 2500}
STOCK = {"MUG-BLUE": 12, "MUG-RED": 4, "CUP-GREEN": 8}
SLUG = {"MUG-BLUE": "mug", "MUG-RED": "mug", "CUP-GREEN": "cup"}
ADDRESS = {"name": "Ada", "line1": "Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
CUSTOMERS = ("ada", "bob")
BYSTANDER = "cyd"
"""A person to whom anything may happen."""
A_LEASE = timedelta(seconds=5)
LONGEST_QUIET = 60
STARTED = datetime.now(UTC).replace(microsecond=0)


class Died(BaseException):
    """Ends the work at a durable point as the end of its process would."""


class World:
    """Everything outside of the model."""

    def __init__(self, stripe: Stripe, time: ExitStack) -> None:
        self.stripe = stripe
        self._time = time
        self._client = Client()
        self._dies_after: int | None = None
        self._working = False
        self.deaths: list[str] = []
        """The points where somebody died."""
        self.victims: list[str] = []
        """Who died there: web, worker or relay."""
        self.points = 0
        """Durable points that were passed."""
        self.log: list[str] = []
        """What happened, for people who read a failure."""
        self._eve = uuid7()
        self.people = {name: str(make_person(f"{name}@example.com").pk) for name in (*CUSTOMERS, BYSTANDER)}
        self.staff = {role.value: str(make_person(f"{role}@shop.example", role).pk) for role in Role}
        for slug in sorted(set(SLUG.values())):
            stock = {sku: number for sku, number in STOCK.items() if SLUG[sku] == slug}
            make_product(slug, stock=stock, price=Money(PRICES[next(iter(stock))], "EUR"))

    # --- asking ------------------------------------------------------------------------------------------------------

    def token(self, actor: str) -> str:
        """Authorization of a customer, of staff, or `order:<id>`; empty for a guest."""
        if actor in self.people:
            return bearer("customer", self.people[actor])
        if actor in self.staff:
            return bearer("staff", self.staff[actor], ROLES[Role(actor)])
        if actor == "eve":
            return bearer("customer", self._eve)
        return f"Bearer {issue_order_token(UUID(actor[6:]))}" if actor.startswith("order:") else ""

    def send(self, actor: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request as `actor`. Who loses the connection asks again, as soon as a lease is over."""
        named: dict[str, Any] = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        for _ in range(4):
            if token := self.token(actor):
                named["HTTP_AUTHORIZATION"] = token
            try:
                answer = self._client.generic(
                    method, f"/api/v1{path}", json.dumps(body or {}).encode(), "application/json", **named
                )
            except Died as death:
                self.note(f"    died at {death}")
                self.pass_time(A_LEASE)
                continue
            finally:
                self.stripe.collect()
            told = f"{json.dumps(body or {})} -> {answer.status_code} {_code(answer)}"
            self.note(f"{actor or 'guest'}: {method} {path} {told}")
            assert answer.status_code < 500 or answer.status_code == 503, answer.content
            return answer
        raise AssertionError("died again and again, though each point was armed once")

    def deliver(self, body: str, *, secret: str | None = None, signature: bool = True) -> int:
        """A webhook comes, signed as told; the status of the answer."""
        headers: dict[str, Any] = (
            {"HTTP_STRIPE_SIGNATURE": signed(body, secret) if secret else signed(body)} if signature else {}
        )
        try:
            answer = self._client.generic(
                "POST", "/api/v1/webhooks/stripe", body.encode(), "application/json", **headers
            )
        except Died as death:
            self.note(f"    died at {death}")
            return 0
        self.note(f"stripe: {json.loads(body)['type']} -> {answer.status_code}")
        return int(answer.status_code)

    # --- working, dying, waiting -------------------------------------------------------------------------------------

    def run(self, job: str) -> int:
        """The worker runs this job once; it may die of it."""
        self._working = True
        try:
            done = jobs.JOBS[job]()
        except Died as death:
            self.note(f"worker: {job} died at {death}")
            return 1
        finally:
            self._working = False
            self.stripe.collect()
        if done:
            self.note(f"worker: {job} did {done}")
        return done

    def run_woken(self) -> None:
        """The worker does what it was woken for, and what that wakes."""
        for _ in range(len(jobs.woken) + 50):  # each webhook rings once
            if not jobs.woken:
                return
            self.run(jobs.woken.pop(0))
        raise AssertionError(f"still woken after 50 jobs more than there were: {jobs.woken}")

    def die_after(self, points: int) -> None:
        """Whoever passes the next durable point but `points` dies there."""
        self._dies_after = points

    def live(self) -> None:
        """Nobody dies any more, and Stripe is well."""
        self._dies_after = None
        self.stripe.gateway.faults.clear()

    def pass_time(self, by: timedelta) -> None:
        """Nothing but time."""
        self._time.enter_context(clock.shifted(by))

    def note(self, what: str) -> None:
        """One line more of what happened."""
        self.log.append(what)

    def passed(self, _folder: Path, name: str) -> None:
        """A durable point, called by shop.faults."""
        self.points += 1
        if self._dies_after is None:
            return
        if self._dies_after == 0:
            self._dies_after = None
            self.deaths.append(name)
            self.victims.append("relay" if name.startswith("relay.") else "worker" if self._working else "web")
            raise Died(name)
        self._dies_after -= 1

    def sweep(self) -> None:
        """A lease is over, and beat ticks all that there is."""
        self.pass_time(A_LEASE)
        self.work()

    def work(self) -> None:
        """Each job in turn, until all that move something have found nothing since one of them last did."""
        for name in FORGETTING:
            self.run(name)
        idle = 0
        for name in cycle(MOVING):
            idle = 0 if self.run(name) else idle + 1
            if idle == len(MOVING):
                return

    def quiesce(self) -> None:
        """Until nothing waits in any context: jobs run, time passes, the last payments are looked at."""
        from tests.goods import recheck_payments_now

        self.live()
        for _ in range(LONGEST_QUIET):
            self.work()
            if not (waiting := self._waiting()) and not recheck_payments_now():
                return
            if not waiting:
                self.work()
                if not self._waiting():
                    return
            self.pass_time(A_LEASE)
        raise AssertionError(f"did not come to rest: {self._waiting()}")

    def facts(self) -> dict[str, Any]:
        """What the invariants are about."""
        with override_settings(SHOP_CONTEXTS=CONTEXTS):  # without the samples of the kernel's own tests
            found = {**auditor.facts(), **self.stripe.facts(), "pending": auditor.pending()}
        found["messages"] = [row for row in found["messages"] if row["order_id"]]  # those of accounts are not modelled
        found["pending"]["notifications.dead"] = sum(row["status"] == "dead" for row in found["messages"])
        return found

    @staticmethod
    def _waiting() -> dict[str, int]:
        with override_settings(SHOP_CONTEXTS=CONTEXTS):
            return auditor.waiting()


SELDOM = frozenset({"payments.check_books", "payments.reconcile_with_provider", "catalog.remove_stray_files"})
"""Checks and clean-ups that move nothing of the shop."""
RUNNABLE = sorted(name for name, job in jobs.JOBS.items() if job.context in CONTEXTS and name not in SELDOM)
FORGETTING = [name for name in RUNNABLE if name.partition(".")[2].startswith(("purge", "forget_"))]
"""They find something to do when time has passed, and never by what another job did."""
MOVING = [name for name in RUNNABLE if name not in FORGETTING]


def fresh_key() -> str:
    return uuid4().hex


def _code(answer: Any) -> str:
    return str(answer.json().get("code", "")) if answer.status_code >= 400 else ""


@contextmanager
def a_world() -> Iterator[World]:
    """Empty databases, a clock that stands until it is moved, and a process that can die."""
    with ExitStack() as time, stripe_in_hand() as stripe:
        time.enter_context(clock.frozen(STARTED))
        jobs.woken.clear()
        try:
            world = World(stripe, time)
            time.enter_context(mock.patch.dict(os.environ, {"SHOP_FAULTS": "in hand"}))
            time.enter_context(mock.patch.object(faults, "_pass", world.passed))
            yield world
        finally:
            flush()
