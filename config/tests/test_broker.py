"""A worker must not lose its places to a broker that is gone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from kombu.transport import redis

from config import broker, celery
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
