"""RATE_LIMITS and TRUSTED_PROXIES: each way to write them wrong stops the start."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from config.env import ConfigurationError, read
from config.limits import Rates, networks, rates


def test_rates_name_policies_a_factor_or_nothing():
    assert rates("R", "") == Rates(1, {})
    assert rates("R", "off") == Rates(0, {})
    assert rates("R", "x10; login 5/minute;read 100/second") == Rates(10, {"login": (5, 60), "read": (100, 1)})


@pytest.mark.parametrize(
    "text", ["x0", "on", "off; x2", "read 0/minute", "read 5/week", "read", "read=5/minute", "READ 5/day"]
)
def test_a_wrong_rate_is_told(text):
    with pytest.raises(ConfigurationError, match=r"^R: .* is not like 'read 6000/minute', x10 or off alone\.$"):
        rates("R", text)


def test_a_policy_is_named_once():
    with pytest.raises(ConfigurationError, match="read stands there twice"):
        rates("R", "read 5/day; read 6/day")


def test_proxies_are_addresses_and_networks():
    assert networks("T", "10.0.0.0/8, ::1") == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert networks("T", "") == ()


@pytest.mark.parametrize("text", ["proxy", "10.0.0.1/8", "10.0.0.0/33", "0.0.0.0/0", "::/0"])
def test_a_wrong_proxy_is_told(text):
    with pytest.raises(ConfigurationError, match=r"^T: "):
        networks("T", text)


def test_alone_on_one_machine_everybody_has_one_address(tmp_path):
    env = read({"SHOP_DATA_DIR": str(tmp_path)})

    assert env.rates == Rates(1, {"read": (1_000_000, 60), "write": (1_000_000, 60)})
    assert env.trusted_proxies == ()
