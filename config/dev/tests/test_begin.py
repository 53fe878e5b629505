"""Whoever asks `make up` to stop is heard from its first moment on."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading

import pytest

from config.dev import begin, up
from config.dev.ports import free_ports
from config.dev.processes import Program
from config.dev.supervisor import Stopped, Supervisor
from config.env import read

SLOW = "import time; print('reading', flush=True); time.sleep(0.5)"
SAYS = "def main(stop):\n    return 7 if stop.is_set() else 8\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_is_heard_while_the_rest_of_the_code_is_still_being_read(tmp_path, number):
    folder = tmp_path / "config" / "dev"
    folder.mkdir(parents=True)
    (tmp_path / "config" / "__init__.py").write_text(SLOW)
    (folder / "up.py").write_text(SAYS)
    file = shutil.copy(str(begin.__file__), folder)
    run = subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "reading\n"
    run.send_signal(number)
    run.stdout.close()
    assert run.wait(20) == 7


def test_who_asked_before_anything_was_started_starts_nothing(tmp_path, monkeypatch, capsys):
    for name, port in zip(read({}).ports, free_ports(len(read({}).ports)), strict=True):
        monkeypatch.setenv(name, str(port))
    monkeypatch.setenv("SHOP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHOP_ENV_FILE", "")
    monkeypatch.delenv("STORE", raising=False)
    monkeypatch.setattr(up, "Supervisor", None)
    stop = threading.Event()
    stop.set()
    assert up.main(stop) == 0
    assert capsys.readouterr() == ("", "")


def test_a_program_whose_turn_comes_after_somebody_asked_is_not_started():
    stop = threading.Event()

    def programs():
        yield Program("first", (sys.executable, "-c", "import time; time.sleep(60)"))
        stop.set()
        yield Program("last", ("/nowhere",))

    supervisor = Supervisor(stop, print)
    with pytest.raises(Stopped):
        supervisor.start(programs())
    supervisor.stop()
    assert list(supervisor._running) == ["first"]
    assert supervisor._running["first"].exit_code == -signal.SIGTERM
