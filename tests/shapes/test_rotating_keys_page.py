"""docs/rotating-keys.md tells the truth: followed to the letter, keys change while people buy and are logged in."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Listener
from pathlib import Path

import pytest

from config.contexts import CONTEXTS
from config.dev.processes import CHECKOUT, PYTHON
from tests.buyer import ask
from tests.harness.crowd import Crowd
from tests.harness.pages import Terminal, blocks
from tests.scenes import new_product
from tests.shapes.questions import QUESTIONS, Customer
from tests.shapes.split import Split

PAGE = CHECKOUT / "docs" / "rotating-keys.md"
SECONDS = 900
IMAGE = ["run", "--rm", "--interactive", "shop"]
COMPOSE = ["compose", "--file", "docker/compose.services.yaml"]
UP = ["up", "--detach", "--wait", "--no-deps"]
ONE_MORE = ["run", "--rm", "--no-deps"]
DOCKER = f"""\
#!{sys.executable}
import os, sys
from multiprocessing.connection import Client
if sys.argv[1:{len(IMAGE) + 1}] == {IMAGE}:
    os.execv({PYTHON!r}, [{PYTHON!r}, "-m", "config.run", *sys.argv[{len(IMAGE) + 1}:]])
with Client(os.environ["ENGINE"]) as engine:
    engine.send(sys.argv[1:])
    printed, code = engine.recv()
sys.stdout.write(printed)
sys.exit(code)
"""


class Engine:
    """Understands what the page says to docker, and does it to the shop under test."""

    def __init__(self, shop: Split, folder: Path) -> None:
        self._shop = shop
        self.address = str(folder / "engine")
        self.programs = folder / "bin"
        self.programs.mkdir()
        (self.programs / "docker").write_text(DOCKER, encoding="utf-8")
        (self.programs / "docker").chmod(0o755)
        self._listener = Listener(self.address)

    def serve(self) -> None:
        """One command after the other, until it is closed."""
        while True:
            try:
                with self._listener.accept() as asked:
                    self._answer(asked)
            except OSError:
                return

    def close(self) -> None:
        """Nothing is understood any more."""
        self._listener.close()

    def _answer(self, asked: Connection) -> None:
        words = asked.recv()
        try:
            asked.send(self._done(words))
        except Exception as error:  # noqa: BLE001  # shown by the page's terminal
            asked.send((f"{words}: {error!r}\n", 1))

    def _done(self, words: list[str]) -> tuple[str, int]:
        assert words[: len(COMPOSE)] == COMPOSE
        words = words[len(COMPOSE) :]
        if words[: len(UP)] == UP:
            services = words[len(UP) :]
            units = [one for one in services if not one.endswith("-worker")]
            assert services == [name for unit in units for name in (unit, f"{unit}-worker") if name in services]
            self._shop.replace(*units)
            return "", 0
        assert words[: len(ONE_MORE)] == ONE_MORE
        unit, role, *rest = words[len(ONE_MORE) :]
        env = self._shop.process(f"web-{unit}").program.env
        argv = [PYTHON, "-m", "config.run", role, *rest]
        done = subprocess.run(
            argv, cwd=CHECKOUT, env={**os.environ, **env}, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr, done.returncode


@pytest.fixture
def terminal(parted: Split, tmp_path: Path) -> Iterator[Terminal]:
    """In which the page is pasted."""
    engine = Engine(parted, tmp_path)
    thread = threading.Thread(target=engine.serve, daemon=True)
    thread.start()
    words = {"FILE": str(parted.keys), "SERVICES": " ".join(parted.units), "PAUSE": "0"}
    path = f"{engine.programs}:{os.environ['PATH']}"
    opened = Terminal({**words, "ENGINE": engine.address, "SHOP_ENV_FILE": "", "PATH": path}, tmp_path, seconds=SECONDS)
    yield opened
    opened.close()
    engine.close()


class Member(threading.Thread):
    """Is logged in, and asks every service who they are, again and again."""

    def __init__(self, customer: Customer) -> None:
        super().__init__(daemon=True)
        self._customer = customer
        self._over = threading.Event()
        self.refused: list[str] = []
        """Answers of 401."""
        self.answered = 0
        self.start()

    def run(self) -> None:
        asked = [one for one in QUESTIONS if one.name in {"me", "orders", "cards", "preferences"}]
        while not self._over.wait(0.4):
            self._customer.stay()
            for question in asked:
                told = self._customer.put(question, "")
                self.answered += told.is_answered
                if not told.is_answered and not told.says_to_come_again:
                    self.refused.append(f"{question.name}: {told.answer}")

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()
        self.join()


@contextmanager
def logged_in(customer: Customer) -> Iterator[Member]:
    """Somebody who stays so meanwhile."""
    member = Member(customer)
    try:
        yield member
    finally:
        member.stop()


def published(shop: Split) -> list[str]:
    """The names of the keys of tokens."""
    return [key["kid"] for key in ask("GET", f"{shop.url}/.well-known/jwks.json").body["keys"]]


def test_keys_are_rotated_while_people_buy_and_nobody_is_logged_out(parted: Split, terminal: Terminal) -> None:
    words, learnt, tried, used, dropped = blocks(PAGE.read_text(encoding="utf-8"))
    sku = new_product(parted, stock=500, price=1500)
    before, [old], secrets = Customer(parted, sku), published(parted), parted.keys.read_text(encoding="utf-8")
    asked = sum(len(CONTEXTS) - len(contexts) for contexts in parted.partition or ())
    assert terminal.paste(words.commands) == ""

    with Crowd(parted, sku, threads=1) as crowd:
        with logged_in(before) as member:
            for step in (learnt, tried, used):
                assert terminal.paste(step.commands) == step.printed.replace("30 reached", f"{asked:>2} reached")
                crowd.go_on(1)
        assert member.refused == []
        assert member.answered > 0
        [new, same] = published(parted)
        assert same == old
        after = Customer(parted, sku)
        with logged_in(after) as member:  # by a token of the new key
            assert terminal.paste(dropped.commands) == dropped.printed
            crowd.go_on(2)
        assert member.refused == []
        before.refresh()  # the token of the old key is over; who held it is not logged out
        with logged_in(before) as member:
            crowd.go_on(1)
        assert member.refused == []

    print(f"\n{len(crowd.finished)} purchases; asked to come again: {dict(crowd.refused)}")
    assert crowd.broken == []
    assert published(parted) == [new]
    assert nothing_in_common(secrets, parted.keys.read_text(encoding="utf-8"), units=len(parted.units))
    parted.check_invariants()


def nothing_in_common(old: str, new: str, *, units: int) -> bool:
    """Whether no key of the one file is in the other, for as many units."""
    were, are = keys_of(old), keys_of(new)
    return not were & are and len(were) == len(are) == units + 1


def keys_of(file: str) -> set[str]:
    """Those of calls and those of tokens."""
    values = dict(line.split("=", 1) for line in file.splitlines())
    return {word.partition("=")[2] for word in values["SHOP_CALL_KEYS"].split()} | set(values["TOKEN_KEYS"].split())
