"""Pages of the documentation whose commands are run as they stand: blocks of sh, and under each what it prints."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from config.dev.processes import CHECKOUT, Guard

BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
END = "--- end of a block ---"


class Block(NamedTuple):
    """Commands, and what the page says they print."""

    commands: str
    printed: str


def blocks(page: str) -> list[Block]:
    """The commands of the page in their order."""
    return [Block(commands, printed) for commands, printed in BLOCK.findall(page)]


class Terminal:
    """One session of bash in the checkout, into which blocks are pasted. What it started ends with it."""

    def __init__(self, env: Mapping[str, str], folder: Path, *, seconds: float) -> None:
        self._folder = folder
        self._guard = Guard()
        self._bash = subprocess.Popen(
            [str(shutil.which("bash")), "--noprofile", "--norc"],
            cwd=CHECKOUT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._guard.watch(self._bash.pid)
        self._patience = threading.Timer(seconds, self._kill)
        self._patience.daemon = True
        self._patience.start()

    def paste(self, commands: str) -> str:
        """What it prints. Raises EOFError when the session ends, or takes too long."""
        assert self._bash.stdin
        assert self._bash.stdout
        file = self._folder / "block.sh"
        file.write_text(commands, encoding="utf-8")
        self._bash.stdin.write(f". {file} < /dev/null\necho '{END}'\n")
        self._bash.stdin.flush()
        printed = ""
        for line in self._bash.stdout:
            if line == f"{END}\n":
                return printed
            printed += line
        raise EOFError(f"{commands}\nprinted: {printed}")

    def close(self) -> None:
        """End everything that it started."""
        self._patience.cancel()
        self._kill()
        self._bash.wait()
        for stream in (self._bash.stdin, self._bash.stdout):
            assert stream
            with suppress(BrokenPipeError):
                stream.close()
        self._guard.close()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)
