"""The end of a web process that fails nobody: readiness goes first, then connections are let go, then it stops.

Whoever serves sends SIGNAL to every web process, waits while load balancers look away, sends it again, and then stops
them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path
from types import FrameType

SIGNAL = signal.SIGUSR1
OPEN_FILES = Path("/proc/self/fd")
_SO_ATTACH_FILTER = 26
_DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)  # the kernel's packet filter: take nothing of any packet

_draining = False


def listen() -> None:
    """From the main thread of a web process: drain when told to."""
    signal.signal(SIGNAL, _told)


def is_draining() -> bool:
    """Whether this process was told that it will be stopped."""
    return _draining


def begin() -> None:
    """No caller keeps its connection any more, and we are not ready."""
    global _draining
    _draining = True


def hear_no_more() -> None:
    """Whoever connects now is not heard and goes elsewhere; whoever had connected is still answered.

    A server that closes its listening socket at once resets the connections that it has not accepted or read yet.
    """
    code = ctypes.create_string_buffer(_DROP_ALL)
    program = struct.pack("HL", 1, ctypes.addressof(code))
    for name in os.listdir(OPEN_FILES) if OPEN_FILES.is_dir() else ():  # noqa: PTH208  # names, read at once
        with suppress(OSError), socket.socket(fileno=os.dup(int(name))) as one:
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                one.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _told(_signal: int, _frame: FrameType | None) -> None:
    if is_draining():
        hear_no_more()
    begin()
