"""Passwords are hashed by a helper that stands back; it answers what argon2 answers, and is replaced when it dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from apps.accounts import hashers
from apps.accounts.contracts import TooBusy
from apps.accounts.hashers import Argon2idHasher, child, hash_of_nobody, helper
from apps.accounts.hashers.helper import Helper

COSTS = (1, 8 * 1024, 1, 32)


@pytest.fixture
def one():
    made = Helper()
    yield made
    made.stop()


def test_it_answers_what_argon2_answers(one):
    stored = one.ask("hash", "pässword", "saltsaltsalt", *COSTS)

    assert PasswordHasher().verify(stored, "pässword")
    assert one.ask("verify", "pässword", stored) == "yes"
    assert one.ask("verify", "passwort", stored) == "no"
    assert child.answer("verify", "pässword", stored) == "yes"


@pytest.mark.parametrize("stored", ["", "$argon2id$garbage", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$x", "ä"])
def test_a_hash_that_is_none_is_no_password(one, stored):
    assert one.ask("verify", "x", stored) == "no"


@pytest.mark.parametrize("password", ["", "\n", "\ud800", '{"a": "\\"', "x" * 100_000])
def test_any_text_is_a_password(one, password):
    stored = one.ask("hash", password, "saltsaltsalt", *COSTS)
    assert (one.ask("verify", password, stored), one.ask("verify", password + "x", stored)) == ("yes", "no")


def test_nobody_has_the_hash_of_nobody(one):
    made = hash_of_nobody(Argon2idHasher())

    assert made.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert one.ask("verify", "", made.removeprefix("argon2")) == "no"
    assert Argon2idHasher().decode(made)["memory_cost"] == 19456


def test_it_stands_back_for_everybody_else(one):
    one.ask("hash", "x", "saltsaltsalt", *COSTS)

    assert os.getpriority(os.PRIO_PROCESS, one._process.pid) == min(
        19, os.getpriority(os.PRIO_PROCESS, 0) + child.NICENESS
    )


def test_it_stands_back_behind_other_sessions_too(one):
    """Where the system shares a core out among sessions first, niceness counts for nothing between two of them."""
    one.ask("hash", "x", "saltsaltsalt", *COSTS)
    group = Path(f"/proc/{one._process.pid}/autogroup")

    assert os.getsid(one._process.pid) == one._process.pid
    if group.exists():
        assert group.read_text().split()[-1] == str(child.NICENESS)


@pytest.mark.parametrize(
    ("took", "computed", "rests"),
    [(0.030, 0.030, 0.0), (0.036, 0.030, 0.0), (0.040, 0.030, 0.26), (0.100, 0.030, 0.2), (0.2, 0.1, 0.5)],
)
def test_it_rests_when_others_wanted_the_core_until_it_had_a_tenth_of_it(took, computed, rests):
    assert child.rest(took, computed) == pytest.approx(rests)


def test_it_never_rests_for_less_than_nothing():
    assert child.rest(2.0, 0.030) == 0.0


def test_one_that_died_is_replaced(one):
    one.ask("hash", "x", "saltsaltsalt", *COSTS)
    first = one._process
    os.kill(first.pid, signal.SIGKILL)
    first.wait()

    assert one.ask("hash", "x", "saltsaltsalt", *COSTS).startswith("$argon2id$")
    assert one._process.pid != first.pid


def test_one_that_hangs_is_ended(one, monkeypatch):
    monkeypatch.setattr(helper, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(TooBusy):
        one.ask("hash", "x", "saltsaltsalt", 200, 64 * 1024, 1, 32)
    assert one._process is None


def test_it_ends_with_the_pipe(one):
    one.ask("hash", "x", "saltsaltsalt", *COSTS)
    process = one._process
    one.let_go()

    assert process.wait(timeout=10) == 0


def test_it_loads_nothing_of_django(one):
    one.ask("hash", "x", "saltsaltsalt", *COSTS)
    maps = Path(f"/proc/{one._process.pid}/maps")
    if not maps.exists():
        pytest.skip("only Linux shows what a process has loaded")
    assert "argon2" in (text := maps.read_text())
    assert "cryptography" not in text


def test_the_product_uses_it(settings):
    settings.PASSWORD_HASHERS = ["apps.accounts.hashers.Argon2idHasher"]
    encoded = Argon2idHasher().encode("x", "saltsaltsalt")
    assert Argon2idHasher().verify("x", encoded)
    assert hashers._helper._process is not None
