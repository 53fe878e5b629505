"""A worker loses neither its places nor its life to a broker that is ill, nor its log to another version's messages."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from kombu.transport import redis
from kombu.utils.imports import symbol_by_name
from redis.exceptions import ResponseError

from config import broker, celery, worker
from config.broker import Acknowledgements


def test_a_place_is_free_after_an_acknowledgement_that_nobody_heard(monkeypatch):
    def gone(*_args, **_options):
        raise ConnectionError("refused")

    monkeypatch.setattr(Acknowledgements, "_remove_from_indices", gone)
    qos = Acknowledgements(SimpleNamespace(do_restore=False), prefetch_count=1)
    qos._delivered["tag"] = object()
    assert not qos.can_consume()

    with pytest.raises(ConnectionError):
        qos.ack("tag")
    assert qos.can_consume()


def test_every_channel_counts_like_that():
    assert celery.app is not None
    assert redis.Channel.QoS is broker.Acknowledgements


def test_a_broker_that_answers_with_an_error_is_tried_again():
    """Else the worker's life ends with the first -ERR."""
    assert celery.app.conf.broker_channel_error_retry is True
    errors = celery.app.connection_for_read().channel_errors
    assert issubclass(ResponseError, errors)


def test_a_task_that_only_another_version_knows_is_refused_with_one_line(caplog):
    refused: list[str] = []
    headers = {"task": "catalog.brand_new", "id": "1"}
    message = SimpleNamespace(headers=headers, reject_log_error=lambda *_: refused.append("once"))
    consumer = worker.Consumer.__new__(worker.Consumer)
    vars(consumer).update(_told_at={}, connection_errors=())
    for _ in range(3):
        consumer.on_unknown_task(b"", message, KeyError("catalog.brand_new"))
    assert refused == ["once"] * 3
    assert [record.getMessage() for record in caplog.records] == [
        "Refused task catalog.brand_new: this version does not know it"
    ]
    assert caplog.records[0].exc_info is None
    assert symbol_by_name(celery.app.conf.worker_consumer) is worker.Consumer
