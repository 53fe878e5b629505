"""Whatever was started ends: asked, unasked, with its children, and when its starter was killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import pytest

from config.dev.processes import CHECKOUT, Guard, NotReady, Process, Program
from config.dev.supervisor import Stopped, Supervisor

WITH_CHILD = """
import signal, subprocess, sys, time
{trap}
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print("child", child.pid, flush=True)
time.sleep(60)
"""
STUBBORN = WITH_CHILD.format(trap="signal.signal(15, signal.SIG_IGN)")
PARENT = """
import sys, time
from config.dev.processes import Guard, Process, Program
program = Program("x", (sys.executable, "-c", sys.argv[1]))
process = Process(program, Guard(), lambda line: print(line, process.pid, flush=True))
time.sleep(60)
"""


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def await_that(condition, seconds=10.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def guard():
    guard = Guard()
    yield guard
    guard.close()


def python(text, **more):
    return Program("sample", (sys.executable, "-c", text), **more)


def test_a_program_that_will_not_stop_is_killed_with_its_children(guard):
    lines = []
    process = Process(python(STUBBORN, stop_seconds=0.3), guard, lines.append)
    await_that(lambda: lines)
    child = int(lines[0].split()[1])
    assert is_alive(child)
    process.stop()
    assert process.exit_code == -signal.SIGKILL
    await_that(lambda: not is_alive(child))


def test_a_program_that_stops_when_asked_is_not_killed(guard):
    text = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up'); time.sleep(60)"
    lines: list[str] = []
    process = Process(python(text), guard, lines.append)
    await_that(lambda: lines)
    process.stop()
    assert process.exit_code == 7


def test_nothing_is_left_when_the_starter_is_killed():
    starter = subprocess.Popen(
        [sys.executable, "-c", PARENT, STUBBORN], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    _, child, process = starter.stdout.readline().split()
    assert is_alive(child)
    assert is_alive(process)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    await_that(lambda: not is_alive(child) and not is_alive(process))


def test_a_program_that_ends_while_starting_says_so(guard):
    process = Process(python("raise SystemExit(3)", is_ready=lambda: False), guard, print)
    with pytest.raises(NotReady, match=r"^sample ended with code 3 while it was starting.$"):
        process.wait_ready(10)
    process.stop()


def test_a_program_that_ends_while_its_neighbour_starts_stops_the_start_at_once():
    supervisor = Supervisor(threading.Event(), print)
    slow = Program("slow", (sys.executable, "-c", "import time; time.sleep(60)"), is_ready=lambda: False)
    began = time.monotonic()
    with pytest.raises(NotReady, match=r"^sample ended with code 3 while it was starting.$"):
        supervisor.start([slow, python("raise SystemExit(3)")])
    supervisor.stop()
    assert time.monotonic() - began < 5


def test_a_program_that_takes_too_long_says_so(guard):
    process = Process(python("import time; time.sleep(60)", is_ready=lambda: False), guard, print)
    with pytest.raises(NotReady, match=r"^sample was not ready within 0 s.$"):
        process.wait_ready(0.1)
    process.stop()


def test_a_crashed_program_is_started_again_and_that_is_said(tmp_path):
    stop, said = threading.Event(), []
    supervisor = Supervisor(stop, said.append)
    marks = tmp_path / "marks"
    supervisor.start([python(f"import os, time; open({str(marks)!r}, 'a').write('x'); time.sleep(0.1); os._exit(9)")])
    watcher = threading.Thread(target=supervisor.watch)
    watcher.start()
    await_that(lambda: marks.exists() and len(marks.read_text()) >= 3)
    stop.set()
    watcher.join()
    supervisor.stop()
    assert [line for line in said if "again" in line][:2] == [
        "sample ended with code 9; it is started again in 0.5 s",
        "sample ended with code 9; it is started again in 1 s",
    ]


def test_being_asked_to_stop_while_something_starts_stops_at_once():
    stop = threading.Event()
    supervisor = Supervisor(stop, print)
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        supervisor.start([python("import time; time.sleep(60)", is_ready=lambda: False)])
    supervisor.stop()
    assert time.monotonic() - began < 5


def test_a_program_that_runs_to_its_end_gives_its_exit_code():
    supervisor = Supervisor(threading.Event(), print)
    assert supervisor.run(python("raise SystemExit(4)")) == 4
    supervisor.stop()
