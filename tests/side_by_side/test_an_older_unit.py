"""Orders still runs the release before, whose contract is kept in docs/contracts-before.json, with its own tables; the
other five are of today. People buy, also while it is brought up to date, and what was under way is finished."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config.dev import programs
from config.dev.ports import HOST
from config.dev.processes import CHECKOUT, PYTHON, Program
from tests.buyer import Buyer, insist
from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE, new_product

GRANIAN = (PYTHON, "-m", "granian", "--interface", "wsgi", "--http", "1", "--blocking-threads", "4")
UNIT = "orders"
WEB, WORKER = OURS = (f"web-{UNIT}", f"worker-{UNIT}")


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, check=True).stdout


def release_before() -> str:
    """The commit that recorded the contract of the release before; "" where the history is not there."""
    try:
        if git("rev-parse", "--is-shallow-repository").strip() == b"true":
            return ""
        return git("log", "-1", "--format=%H", "--", "docs/contracts-before.json").decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


BEFORE = release_before()
pytestmark = [
    pytest.mark.skipif(SHAPE != "split", reason="one of six services is older"),
    pytest.mark.skipif(STORE != "sqlite", reason="its tables are in a file of their own"),
    pytest.mark.skipif(not BEFORE, reason="needs the history of git"),
    pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None, reason="needs nginx"),
]


class Mixed(Shop):
    """Six services of which one is of another checkout."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        super().__init__(STORE, SHAPE)

    def _application(self, shop: programs.Shop) -> list[Program]:
        found = super()._application(shop)
        self.of_today = {program.name: program for program in found if program.name in OURS}
        for file in (self.folder / "db").glob(f"{UNIT}.sqlite3*"):
            file.unlink()
        self._migrate(self.checkout)
        return [self._older(program) if program.name in OURS else program for program in found]

    def bring_tables_up_to_date(self) -> None:
        """While its processes of the release before go on."""
        self._migrate(CHECKOUT)

    def bring_up_to_date(self, name: str) -> None:
        """One of its processes."""
        self.kill(name)
        self._programs[name] = self.of_today[name]
        self.start(name)

    def _older(self, program: Program) -> Program:
        argv = program.argv
        if program.name == WEB:  # by what every release has: how ours is served is its own affair
            port = argv[argv.index("--port") + 1]
            argv = (*GRANIAN, "--host", HOST, "--port", port, "config.wsgi:application")
        return replace(program, argv=("env", "-C", str(self.checkout), *argv))

    def _migrate(self, checkout: Path) -> None:
        env = {**os.environ, **self.values, **self.of_today[WEB].env}
        subprocess.run([PYTHON, "manage.py", "migrate", "--verbosity", "0"], cwd=checkout, env=env, check=True)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Mixed]:
    """With the older checkout beside ours."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", BEFORE))) as files:
        files.extractall(tmp_path, filter="data")
    running = Mixed(tmp_path)
    yield running
    running.stop()


def look_up(buyer: Buyer) -> None:
    """A guest whose token is not taken any more (those of the first releases never ended) gets another one."""
    found = insist("POST", buyer.url("/orders/lookup"), {"number": buyer.order["number"], "email": buyer.email})
    assert found.status == 200, found
    buyer.token = found.body["token"]


def a_purchase(shop: Shop, sku: str) -> Buyer:
    """Paid and confirmed."""
    buyer = shop.buyer()
    buyer.buy((sku, 1))
    assert buyer.pay().status == 200
    buyer.await_status("confirmed")
    return buyer


@pytest.mark.parametrize(("first", "last"), [(WORKER, WEB), (WEB, WORKER)])
def test_people_buy_while_one_service_of_the_release_before_is_brought_up_to_date(first, last, shop) -> None:
    """Its tables come first, then one of its processes, then the other."""
    sku = new_product(shop, stock=10, price=700)
    kept, given_up, under_way, never_paid = (shop.buyer() for _ in range(4))
    for buyer in (kept, given_up, under_way, never_paid):
        buyer.buy((sku, 1))
    for buyer in (kept, given_up):
        assert buyer.pay().status == 200
        buyer.await_status("confirmed")
    given_up.cancel()
    given_up.await_status("cancelled")

    shop.bring_tables_up_to_date()
    between = [a_purchase(shop, sku)]
    shop.bring_up_to_date(first)
    between.append(a_purchase(shop, sku))
    shop.bring_up_to_date(last)

    for buyer in (kept, under_way, never_paid, *between):
        look_up(buyer)
    assert under_way.pay().status == 200
    under_way.await_status("confirmed")
    never_paid.cancel()
    never_paid.await_status("cancelled")
    shop.check_invariants()
    stock = shop.facts()["stock"][sku]
    assert (stock["available"], stock["held"], stock["sold"]) == (6, 0, 4)
    assert {buyer.look()["status"] for buyer in (kept, under_way, *between)} == {"confirmed"}
