"""A worker keeps its connections from task to task, and lets go of one that has failed."""

from __future__ import annotations

import sqlite3

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_postrun
from django.db import OperationalError, connections

from config.celery import app

pytestmark = pytest.mark.usefixtures("database")


def after_a_task():
    """What Celery and we do then."""
    DjangoWorkerFixup(app).close_database()
    task_postrun.send(sender=None)


@pytest.fixture
def connection():
    opened = connections["cart"]
    opened.ensure_connection()
    yield opened
    opened.close()


def test_the_next_task_finds_the_connection_open(connection):
    before = connection.connection
    after_a_task()
    assert connection.connection is before is not None


def test_one_that_has_failed_is_closed_and_opened_anew(connection, monkeypatch):
    before = connection.connection
    connection.errors_occurred = True
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    after_a_task()
    assert connection.connection is None
    connection.ensure_connection()
    assert connection.connection is not before


def test_a_statement_that_was_refused_closes_none_that_still_answers(connection):
    before = connection.connection
    if connection.vendor != "sqlite":
        pytest.skip("this way to be refused is SQLite's")
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert isinstance(before, sqlite3.Connection)
    after_a_task()
    assert connection.connection is before
