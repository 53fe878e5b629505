"""A program that is a fork of one that has read the libraries is started, told of and ended as any other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from config.dev.processes import CHECKOUT, PYTHON, Guard, Process, Program
from tests.harness.forking import client
from tests.harness.forking.client import Forked, Forks, ForkServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere programs are started as usual")
SHOW = "import os, sys; print(sys.argv[1:], os.getcwd(), os.environ.get('WORD'), os.getsid(0) == os.getpid())\n"


@pytest.fixture
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.stop()


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    yield made
    made.close()


@pytest.fixture
def run(forks: Forks, guard: Guard, tmp_path: Path) -> Callable[..., Process]:
    """A started program whose source is given."""

    def begin(source: str, *words: str, options: tuple[str, ...] = (), **env: str) -> Process:
        file = tmp_path / "program.py"
        file.write_text(source)
        program = Program("one", (PYTHON, *options, str(file), *words), env)
        with (tmp_path / "log").open("w") as log:
            return Process(program, guard, log, forks.start)

    return begin


def ended(process: Process, seconds: float = 10) -> int:
    until = time.monotonic() + seconds
    while process.exit_code is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return process.exit_code


def alive(group: int) -> list[str]:
    """The processes of this group that are left; those that have ended, and nobody has asked about, are not."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            state, _parent, its_group, *_ = file.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state != "Z":
                found.append(file.parent.name)
    return found


def test_a_fork_has_its_words_its_environment_the_checkout_and_a_group_of_its_own(run, tmp_path):
    process = run(SHOW, "a", "b c", WORD="of its own")

    assert isinstance(process._popen, Forked)
    assert ended(process) == 0
    assert (tmp_path / "log").read_text() == f"['a', 'b c'] {CHECKOUT} of its own True\n"


@pytest.mark.parametrize(("source", "code"), [("raise SystemExit(7)", 7), ("1 / 0", 1), ("import os; os.abort()", -6)])
def test_its_exit_code_is_told(run, source, code):
    assert ended(run(source)) == code


def test_what_it_prints_is_in_its_file_at_once_and_its_errors_too(run, tmp_path):
    process = run("import sys, time\nprint('out')\nprint('err', file=sys.stderr)\ntime.sleep(60)")
    until = time.monotonic() + 10
    while (tmp_path / "log").read_text() != "out\nerr\n":
        assert time.monotonic() < until
        time.sleep(0.01)
    process.kill()

    assert process.exit_code == -signal.SIGKILL


def test_a_kill_reaches_its_children_and_a_request_to_stop_is_a_sigterm(run, tmp_path):
    source = "import os, time\nif os.fork():\n    print(1)\nelse:\n    print(2)\ntime.sleep(60)"
    process = run(source)
    until = time.monotonic() + 10
    while len((tmp_path / "log").read_text()) < 4:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(alive(process.pid)) == 2
    process.kill()
    until = time.monotonic() + 10
    while alive(process.pid):
        assert time.monotonic() < until
        time.sleep(0.01)

    process = run("import time; time.sleep(60)")
    process.stop()
    assert process.exit_code == -signal.SIGTERM


def test_its_warnings_are_chosen_as_by_pythons_own_option(run, tmp_path):
    source = "import warnings\nwarnings.warn('of no use', UserWarning)\nwarnings.warn('of use', UserWarning)"
    ended(run(source, options=("-W", "ignore:of no")))

    assert "of use" in (tmp_path / "log").read_text()
    assert "of no use" not in (tmp_path / "log").read_text().replace(source.splitlines()[1], "")


def test_who_waits_too_long_is_told():
    with pytest.raises(subprocess.TimeoutExpired):
        Forked(1).wait(0.01)


def test_what_does_not_print_into_a_file_or_is_no_python_is_started_as_usual(forks, guard):
    lines: list[str] = []
    process = Process(Program("one", (PYTHON, "-c", "print(1)")), guard, lines.append, forks.start)
    assert isinstance(process._popen, subprocess.Popen)
    assert ended(process) == 0


def test_programs_of_the_shop_have_the_settings_of_their_own_environment(forks, tmp_path):
    values = {"DJANGO_SETTINGS_MODULE": "config.settings", "SHOP_ENV_FILE": "", "SHOP_MODE": "embedded"}
    seen = []
    for name in ("one", "two"):
        env = {**values, "DATABASE_URL": f"sqlite:///{tmp_path}/{name}"}
        program = Program(name, (PYTHON, "-m", "tests.harness.auditor"), env)
        with (tmp_path / "log").open("a") as log:
            process, questions, answers = forks.converse(program, log)
        questions.write('{"ask": "call", "name": "tests.harness.forking.told.database", "arguments": {}}\n')
        questions.close()
        seen.append(answers.read())
        answers.close()
        assert process.wait(10) == 0
    assert [str(tmp_path / name) in answer for name, answer in zip(("one", "two"), seen, strict=True)] == [True, True]
    assert len(forks._servers) == 2


def test_a_file_that_the_environment_names_is_known_as_it_is_now(forks, tmp_path):
    keys = tmp_path / "keys"
    servers = []
    for text in ("one", "one", "two"):
        if not keys.exists() or keys.read_text() != text:
            keys.write_text(text)
        env = {"DJANGO_SETTINGS_MODULE": "config.settings", "SHOP_ENV_FILE": "", "KEYS_FILE": str(keys)}
        servers.append(forks._server(("celery",), env))

    assert servers[0] is servers[1] is not servers[2]


def test_when_the_server_is_gone_its_forks_count_as_killed():
    server = ForkServer()
    with Path(os.devnull).open() as nothing:
        file = nothing.fileno()
        forked = server.start((PYTHON, "-m", "tests.harness.forking.told"), dict(os.environ), (file, file, file))
    os.kill(server._process.pid, signal.SIGKILL)

    assert forked.wait(10) == client.LOST
    with pytest.raises((RuntimeError, OSError)):
        server.start((PYTHON, "-m", "nobody"), {}, (0, 1, 2))
    server.stop()
    os.kill(forked.pid, signal.SIGKILL)
