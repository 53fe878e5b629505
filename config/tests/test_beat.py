"""Beat ends when it is told to, whatever it is doing."""

from __future__ import annotations

from config import celery


def test_the_connection_of_a_publish_under_way_is_not_closed_by_the_signal_to_stop():
    beat = celery.Beat(celery.app, lazy=True)
    publishing = beat.connection
    try:
        beat.close()  # what Celery's signal handler does before it raises SystemExit
        assert beat.connection is publishing
    finally:
        publishing.release()
