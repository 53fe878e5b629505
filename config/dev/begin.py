"""`make up` begins here: it can be asked to stop before the rest is read, which takes longer than to write this line.

Runs as a plain file, since to import the package `config` is most of that: `python config/dev/begin.py`. What comes
before Python reads this file ends it as any program, by the signal; nothing has been started then.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path


def main() -> int:
    """See up.main."""
    stop = stop_on_signals()
    sys.path[0] = str(Path(__file__).resolve().parents[2])  # it was this folder, whose modules have names of others
    from config.dev import up  # from now on asking is heard

    return up.main(stop)


def stop_on_signals() -> threading.Event:
    """Set by Ctrl-C, SIGTERM and a closed terminal."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


if __name__ == "__main__":
    sys.exit(main())
