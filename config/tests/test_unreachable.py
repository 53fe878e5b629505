"""A database that is not there stops what prepares it, with one sentence that names the variable and no password."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from config.databases import database
from config.dev.ports import free_ports
from config.dev.processes import CHECKOUT, PYTHON

PREPARING = {"manage.py": ("manage.py", "migrate"), "make up": ("-m", "config.dev.prepare")}


def prepare(how: str, folder: Path, **variables: str) -> tuple[int, str]:
    """Exit code, and what was said as an error."""
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "PYTHONDONTWRITEBYTECODE")}
    env = {**known, "SHOP_ENV_FILE": "", "SHOP_DATA_DIR": str(folder), **variables}
    argv = (PYTHON, *PREPARING[how])
    done = subprocess.run(argv, check=False, cwd=CHECKOUT, env=env, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr.removeprefix("CommandError: ")


@pytest.mark.parametrize("how", PREPARING)
def test_a_mongodb_that_nobody_runs(tmp_path, how):
    url = f"mongodb://ada:secret-of-ada@127.0.0.1:{free_ports(1)[0]}/shop?replicaSet=rs0&serverSelectionTimeoutMS=500"
    code, said = prepare(how, tmp_path, DATABASE_URL=url)

    assert code != 0
    assert said.startswith("DATABASE_URL: the database of accounts cannot be reached (127.0.0.1:")
    assert said.count("\n") == 1
    assert "secret-of-ada" not in said


def test_one_of_six_is_named_by_its_own_variable(tmp_path):
    code, said = prepare("manage.py", tmp_path, ORDERS_DATABASE_URL=f"sqlite:///{tmp_path}/there/orders.sqlite3")
    assert (code, said) == (0, "")
    (tmp_path / "file").touch()
    code, said = prepare("manage.py", tmp_path, ORDERS_DATABASE_URL=f"sqlite:///{tmp_path}/file/orders.sqlite3")

    assert (code, said) == (2, f"ORDERS_DATABASE_URL: {tmp_path}/file cannot be made (File exists).\n")


@pytest.mark.parametrize("how", PREPARING)
def test_a_file_that_is_no_database(tmp_path, how):
    (tmp_path / "accounts.sqlite3").mkdir()
    code, said = prepare(how, tmp_path, ACCOUNTS_DATABASE_URL=f"sqlite:///{tmp_path}/accounts.sqlite3")

    assert code != 0
    assert said == (
        "ACCOUNTS_DATABASE_URL: the database of accounts cannot be reached (unable to open database file).\n"
    )


def test_each_database_knows_the_variable_that_it_came_from(tmp_path):
    for url in ("sqlite:///var/db", "mongodb://host/shop", "postgresql://host/shop"):
        assert database("DATABASE_URL", url, "cart", tmp_path, own=False)["VARIABLE"] == "DATABASE_URL"
