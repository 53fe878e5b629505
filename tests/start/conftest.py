"""One data directory, on which `make up` is started again and again."""

from __future__ import annotations

import os
import signal

import pytest

from config.dev.ports import HOST, free_ports
from tests.buyer import ask
from tests.start.supervisor import INHERITED, PORTS, Up


@pytest.fixture(scope="session")
def env(tmp_path_factory):
    """A machine of its own: free ports, an empty data directory, nothing of the tests' environment."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **ports,
        "SHOP_DATA_DIR": str(tmp_path_factory.mktemp("up")),
        "SHOP_ENV_FILE": "",
        "STORE": os.environ.get("STORE", "sqlite"),
    }


@pytest.fixture
def up(env):
    runs = []

    def start(**more):
        runs.append(Up({**env, **more}))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


@pytest.fixture(scope="session")
def first_search():
    """What the first search was answered, as soon as the first start had said that the shop is running."""
    return []


@pytest.fixture(scope="session", autouse=True)
def first(env, first_search):
    """The first start makes the databases and the demo shop; every test here meets the ones after it."""
    run = Up(env)
    run.await_running()
    first_search.append(ask("GET", f"http://{HOST}:{env['SHOP_PORT']}/api/v1/products?q=mug"))
    run.end(signal.SIGINT)
    assert run.process.returncode == 0, run.text
    return run.text
