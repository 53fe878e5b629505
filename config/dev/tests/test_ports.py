"""A taken port is named together with the variable that moves it."""

from __future__ import annotations

import socket

import pytest

from config.dev.ports import HOST, Port, PortTaken, free_ports, is_listening, refuse_taken


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


def test_one_port_for_two_servers_is_refused():
    number = free_ports(1)[0]
    with pytest.raises(PortTaken, match="SMTP_PORT and MAILBOX_PORT are both"):
        refuse_taken([Port(number, "a", "MAILBOX_PORT"), Port(number, "b", "SMTP_PORT")])


def test_listening_is_seen(taken):
    assert is_listening(taken)
    assert not is_listening(free_ports(1)[0])
