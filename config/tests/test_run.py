"""The one entry point of the image: each role becomes its process, and what cannot start says why in a sentence."""

from __future__ import annotations

import os

import pytest

from config import health, run
from config.env import environment


@pytest.fixture
def became(monkeypatch, tmp_path):
    """Start roles in an environment of their own; what the process would have become."""
    commands: list[tuple[str, ...]] = []
    for name in ("SHOP_UNIT", "SHOP_WAKE", "SHOP_CONTEXTS", "STRIPE_KEYS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"SHOP_ENV_FILE": "", "SHOP_DATA_DIR": str(tmp_path), "SHOP_PORT": "8001"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "execv", lambda _program, argv: commands.append(tuple(argv[1:])))
    environment.cache_clear()
    yield commands
    environment.cache_clear()


def test_each_role_becomes_its_process(became, monkeypatch):
    monkeypatch.setenv("SHOP_CONTEXTS", "cart,orders")
    for context in ("ACCOUNTS", "CATALOG", "PAYMENTS", "NOTIFICATIONS"):
        monkeypatch.setenv(f"SHOP_{context}_URL", "http://elsewhere:8000")
    monkeypatch.setenv("SHOP_CALL_KEYS", "cart-orders=" + "k" * 32)
    run.main(["web"])
    run.main(["worker", "--beat"])
    run.main(["beat"])
    run.main(["migrate", "--plan"])
    web, worker, beat, migrate = became
    assert web[web.index("--host") + 1 : web.index("--host") + 4] == ("0.0.0.0", "--port", "8001")
    assert web[-2:] == ("--drain", "5")
    assert worker[worker.index("--queues") + 1] == "cart,orders"
    assert worker[-1] == "--beat"
    assert beat[beat.index("config") + 1] == "beat"
    assert migrate[0].endswith("manage.py")
    assert migrate[1:] == ("migrate", "--plan")


def test_the_back_office_wakes_nobody_and_has_a_name_of_its_own(became):
    run.main(["back-office"])
    assert (environment().unit, environment().wake) == ("back-office", "none")
    assert len(became) == 1


def test_the_fakes_are_of_a_shop_to_try(became, monkeypatch, capsys):
    run.main(["fake-stripe"])
    [command] = became
    assert command[command.index("--webhook-url") + 1] == "http://127.0.0.1:8001/api/v1/webhooks/stripe"
    monkeypatch.setenv("SHOP_MODE", "production")
    environment.cache_clear()
    assert run.main(["fake-stripe"]) == 2
    assert len(became) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["wbe"], "'wbe' is no role; there are web, back-office, worker, beat, migrate, manage, health, secrets, "),
        (["web", "now"], "ROLE: it takes no 'now'."),
        (["worker", "--beats"], "ROLE: it takes no '--beats'."),
        (["secrets", "--dmeo"], "ROLE: it takes no '--dmeo'."),
    ],
)
def test_a_wrong_command_is_one_sentence(became, capsys, argv, told):
    assert run.main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith(told)
    assert error.count("\n") == 1
    assert became == []


def test_without_a_role_it_says_which_there_are(became, capsys):
    assert run.main([]) == 2
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == list(run.ROLES)


def test_the_web_server_of_its_own_port_is_asked_how_it_is(became, monkeypatch):
    asked: list[tuple[str, str]] = []

    def ask(port, host):
        asked.append((port, host))
        return 3

    monkeypatch.setattr(health, "ask", ask)
    assert run.main(["health"]) == 3
    assert asked == [("8001", "127.0.0.1")]
