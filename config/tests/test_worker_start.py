"""What a worker finds out before its processes are forked, since each of them would."""

from __future__ import annotations

import threading

from celery.app import backends
from celery.signals import worker_init

from config import roles
from config.celery import app


def test_entry_points_and_the_parser_of_c_are_read_once_before_the_fork(monkeypatch):
    listed, parsed = [], []

    def list_names(namespace):
        listed.append(namespace)
        return ()

    monkeypatch.setattr(app, "_backend_cache", None)
    monkeypatch.setattr(app, "_local", threading.local())
    monkeypatch.setattr(backends, "load_extension_class_names", list_names)
    monkeypatch.setattr("config.celery.get_pdeathsig", lambda: parsed.append("prctl"))
    worker_init.send(sender=None)
    assert (listed, parsed) == (["celery.result_backends"], ["prctl"])
    assert type(app.backend).__name__ == "DisabledBackend"
    assert listed == ["celery.result_backends"], "a process lists them again"


def test_where_processes_do_not_die_with_their_parent_a_worker_starts_all_the_same(monkeypatch):
    def refuse():
        raise OSError

    monkeypatch.setattr("config.celery.get_pdeathsig", refuse)
    worker_init.send(sender=None)


def test_no_start_makes_checks_of_the_code():
    assert all("--skip-checks" in argv for argv in (roles.beat(), roles.worker(["cart"], processes=1, name="a@b")))
