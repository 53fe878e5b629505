"""What the server does before it forks its workers: it reads the code, and opens nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from config.dev.processes import CHECKOUT

LOADED = """
import os, sys, threading
from config import serve
serve.load()
assert "apps.orders.http.views.orders" in sys.modules, "the views are not read yet"
assert "psycopg" not in sys.modules, "a driver is loaded that no database of this shop needs"
files = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
opened = [os.readlink(file) for file in files if os.path.exists(file)]
print([thread.name for thread in threading.enumerate()], [one for one in opened if "sqlite" in one or "socket" in one])
"""


def python(*argv, **env):
    return subprocess.run(
        (sys.executable, *argv),
        cwd=CHECKOUT,
        env={**os.environ, "SHOP_ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "config.settings", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
@pytest.mark.parametrize("database", ["", "mongodb://127.0.0.1:1/?replicaSet=rs0"])
def test_before_workers_are_forked_the_code_is_read_and_neither_thread_nor_connection_is_there(database, tmp_path):
    env = {"DATABASE_URL": database, "SHOP_DATA_DIR": str(tmp_path)}
    done = python("-c", textwrap.dedent(LOADED), **env)
    assert (done.stdout, done.stderr) == ("['MainThread'] []\n", "")


def test_a_bad_configuration_is_one_sentence_before_any_worker_is_there():
    done = python("-m", "config.serve", "--port", "1", DATABASE_URL="oracle://nowhere")
    assert done.returncode == 2
    [sentence] = done.stderr.splitlines()
    assert "DATABASE_URL" in sentence
