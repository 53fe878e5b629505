"""A taken port is named together with the variable that moves it."""

from __future__ import annotations

import random
import socket
import subprocess
import sys

import pytest

from config.dev import ports
from config.dev.ports import HOST, Port, PortTaken, free_ports, is_listening, refuse_taken
from config.dev.processes import CHECKOUT

ELSEWHERE = """
import random, sys
from config.dev import ports
random.sample = lambda *_: [*map(int, sys.argv[1:]), *ports.LEASED]
print(ports.free_ports(1)[0])
"""


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_named_with_its_purpose_and_its_variable(taken):
    free = free_ports(1)[0]
    with pytest.raises(PortTaken) as error:
        refuse_taken([Port(free, "the shop", "SHOP_PORT"), Port(taken, "the fake Stripe", "FAKE_STRIPE_PORT")])
    assert str(error.value) == (
        f"Port {taken} (the fake Stripe) is taken by another program. Stop that one, or choose another port with "
        f"FAKE_STRIPE_PORT, as in: FAKE_STRIPE_PORT={taken + 1} make up"
    )


def test_free_ports_pass_and_are_different():
    numbers = free_ports(5)
    assert len(set(numbers)) == 5
    refuse_taken([Port(number, "x", "X") for number in numbers])


def test_a_port_that_was_given_to_one_process_is_given_to_no_other(monkeypatch):
    mine = free_ports(3)
    monkeypatch.setattr(random, "sample", lambda _range, _count: [*mine, *ports.LEASED])  # as if chance brought them
    assert not set(free_ports(1)) & set(mine)
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            ELSEWHERE,
            *map(str, mine),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(other.stdout) not in mine


def test_one_port_for_two_servers_is_refused():
    number = free_ports(1)[0]
    with pytest.raises(PortTaken, match="SMTP_PORT and MAILBOX_PORT are both"):
        refuse_taken([Port(number, "a", "MAILBOX_PORT"), Port(number, "b", "SMTP_PORT")])


def test_listening_is_seen(taken):
    assert is_listening(taken)
    assert not is_listening(free_ports(1)[0])
