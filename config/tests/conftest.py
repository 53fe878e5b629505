"""The gateway as it runs: one for all tests of a module, and others for tests that need more peers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.tests.front import Front, Peer


@pytest.fixture
def front(tmp_path) -> Iterator[Any]:
    running: list[Front] = []

    def start(*peers: Peer | str, extra: str = "") -> Front:
        addresses = [peer if isinstance(peer, str) else peer.address for peer in peers]
        running.append(Front(tmp_path, *addresses, extra=extra))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="module")
def front_of_one(tmp_path_factory):
    peer = Peer()
    gate = Front(tmp_path_factory.mktemp("gateway"), peer.address)
    yield gate, peer
    gate.stop()


@pytest.fixture
def shop(front_of_one):
    gate, peer = front_of_one
    peer.seen.clear()
    peer.body, peer.headers = b'{"ok":true}', {"Content-Type": "application/json"}
    return gate, peer
