"""Asks servers for forks, and is told when they end."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from config.dev import processes
from config.dev.processes import CHECKOUT, PYTHON, Guard, Output, Program, Started
from tests.harness.forking.server import LARGEST

Files = tuple[int, int, int]
"""Standard input, output and errors, as numbers."""
LOST = -signal.SIGKILL
"""The code of what ended together with its server."""
SERVER = (PYTHON, "-m", "tests.harness.forking.server")
OF_THE_SHOP = {"config.serve", "celery", "tests.harness.auditor"}
"""Programs that read the shop's whole code."""


class Forks:
    """The programs of one shop: each is a fork of a server that has read what it needs, where there can be one."""

    def __init__(self, *, forked: bool = True) -> None:
        """Unless `forked`, every program is started as usual, as those are that are measured."""
        self._forked = forked
        self._servers: dict[frozenset[tuple[str, str, str]], ForkServer] = {}
        self._starting = threading.Lock()

    def start(self, program: Program, output: Output) -> Started:
        """As config.dev.processes starts it, but faster where it is a Python program that prints into a file."""
        if isinstance(output, int) or not self._can_fork(program.argv):
            return processes.start(program, output)
        with open(os.devnull) as nothing:  # noqa: PTH123
            return self._start(program, (nothing.fileno(), output.fileno(), output.fileno()))

    def converse(self, program: Program, errors: IO[str]) -> tuple[Started, IO[str], IO[str]]:
        """Start a program that is asked and answers in lines: with the file to ask and the file of its answers."""
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        try:
            started = self._start(program, (theirs_in, theirs_out, errors.fileno()))
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        return started, os.fdopen(ours_in, "w"), os.fdopen(ours_out)

    def stop(self) -> None:
        """End the servers, once their forks have been ended."""
        for server in self._servers.values():
            server.stop()
        self._servers.clear()

    def _start(self, program: Program, files: Files) -> Started:
        env = processes.environment(program)
        if not self._can_fork(program.argv):
            return _popen(program.argv, env, files)
        return self._server(program.argv, env).start(program.argv, env, files)

    def _can_fork(self, argv: Sequence[str]) -> bool:
        return self._forked and sys.platform == "linux" and argv[0] == PYTHON

    def _server(self, argv: Sequence[str], env: Mapping[str, str]) -> ForkServer:
        if OF_THE_SHOP.isdisjoint(argv):
            return libraries()
        key = frozenset((name, value, _state_of(value)) for name, value in env.items())
        with self._starting:
            if key not in self._servers:
                self._servers[key] = ForkServer(env)
            return self._servers[key]


class ForkServer:
    """A process that has read the libraries, or in an environment the shop: every start is a fork of it."""

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        self._guard = Guard()
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking = threading.Lock()
        self._born: SimpleQueue[Forked | None] = SimpleQueue()
        self._alive: dict[int, Forked] = {}
        with theirs:
            files = (theirs.fileno(), sys.__stdout__.fileno(), sys.__stderr__.fileno())  # type: ignore[union-attr]
            if env is None:
                self._process: Started = _popen(SERVER, os.environ, files)
            else:
                self._process = libraries().start((*SERVER, "shop"), env, files)
        self._guard.watch(self._process.pid)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self, argv: Sequence[str], env: Mapping[str, str], files: Files) -> Forked:
        """Run `argv` in a group of its own, in the checkout, with these standard files."""
        message = json.dumps({"argv": list(argv), "env": dict(env), "cwd": str(CHECKOUT)}).encode()
        assert len(message) < LARGEST, f"{len(message)} bytes are too many for one message"
        with self._asking:
            socket.send_fds(self._channel, [message], files)
            born = self._born.get()
        if born is None:
            raise RuntimeError("The server of forks has ended.")
        return born

    def stop(self) -> None:
        """End the server; its forks have been ended."""
        self._channel.shutdown(socket.SHUT_RDWR)
        self._listener.join()
        self._channel.close()
        self._process.wait()
        self._guard.close()

    def _listen(self) -> None:
        with suppress(ConnectionError):
            while message := self._channel.recv(LARGEST):
                told = json.loads(message)
                if "pid" in told:
                    self._alive[told["pid"]] = forked = Forked(told["pid"])
                    self._born.put(forked)
                else:
                    self._alive.pop(told["ended"]).end(told["code"])
        self._born.put(None)
        for forked in self._alive.values():
            forked.end(LOST)


class Forked:
    """One fork, as far as a program needs to be known: like `subprocess.Popen`."""

    stdout = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None
        self._ended = threading.Event()

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended. Raises subprocess.TimeoutExpired."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("a fork", timeout or 0)
        assert self._code is not None
        return self._code

    def terminate(self) -> None:
        """SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)

    def end(self, code: int) -> None:
        """It was told to have ended so."""
        self._code = code
        self._ended.set()


@cache
def libraries() -> ForkServer:
    """The server of this process that has read the libraries."""
    server = ForkServer()
    atexit.register(server.stop)
    return server


def _state_of(value: str) -> str:
    """When a file that an environment names was written: a server has read it once, a fork shall know it as it is."""
    if not value.startswith("/") or not os.path.isfile(value):  # noqa: PTH113  # most values are no path
        return ""
    return str(Path(value).stat().st_mtime_ns)


def _popen(argv: Sequence[str], env: Mapping[str, str], files: Files) -> subprocess.Popen[str]:
    stdin, stdout, stderr = files
    return subprocess.Popen(
        argv, cwd=CHECKOUT, env=env, stdin=stdin, stdout=stdout, stderr=stderr, text=True, start_new_session=True
    )
