"""A data directory has one shop at a time, and nobody empties it meanwhile."""

from __future__ import annotations

import fcntl
import threading

import pytest

from config.dev import reset
from config.dev.ports import free_ports
from config.dev.running import AlreadyRunning, alone
from config.env import read


@pytest.fixture
def env(tmp_path):
    return read({"SHOP_DATA_DIR": str(tmp_path / "data"), "SHOP_PORT": "8123"})


@pytest.fixture
def elsewhere(env, monkeypatch):
    """The environment of somebody who names the same data and other ports."""
    for name, port in zip(env.ports, free_ports(len(env.ports)), strict=True):
        monkeypatch.setenv(name, str(port))
    monkeypatch.setenv("SHOP_DATA_DIR", str(env.data_dir))
    monkeypatch.setenv("SHOP_ENV_FILE", "")
    monkeypatch.delenv("STORE", raising=False)  # of the tests, which may be none that the embedded shop has
    (env.data_dir / "db").mkdir(parents=True)
    (env.data_dir / "secret_key").touch()


def test_a_second_start_is_told_where_the_first_one_listens(env):
    with alone(env), pytest.raises(AlreadyRunning, match="already runs or is starting on port 8123; its data is in"):
        alone(env).__enter__()


def test_a_second_start_in_the_very_moment_of_the_first_waits_for_its_port(env):
    env.data_dir.mkdir(exist_ok=True)
    with (env.data_dir / ".running").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        first = threading.Timer(0.1, lambda: (env.data_dir / ".running").write_text("8123"))
        first.start()
        with pytest.raises(AlreadyRunning, match="on port 8123;"):
            alone(env).__enter__()
        first.join()


def test_the_data_is_free_again_afterwards(env):
    for _ in range(2):
        with alone(env):
            assert (env.data_dir / ".running").read_text() == "8123"


def test_reset_touches_nothing_while_the_shop_runs_on_whatever_ports(env, elsewhere, capsys):
    with alone(env):
        assert reset.main() == 2
    assert "nothing was touched" in capsys.readouterr().err
    assert {entry.name for entry in env.data_dir.iterdir()} == {"db", "secret_key", "token_key", ".running"}


def test_reset_empties_the_data_of_a_shop_that_does_not_run(env, elsewhere):
    assert reset.main() == 0
    assert {entry.name for entry in env.data_dir.iterdir()} == {".running"}
