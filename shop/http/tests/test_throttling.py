"""Limits over HTTP: headers of every answer, 429, and who is told apart from whom."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from django.test import Client, RequestFactory, override_settings

from shop import clock
from shop.http import throttling
from shop.http.addresses import address_of, group_of
from shop.http.throttling import Limit, limit
from shop.testing.limits import rate_limits

pytestmark = pytest.mark.urls("shop.http.tests.sample")
TRIES = "/api/v1/tries"


def test_every_answer_tells_the_limit_and_what_is_left(client: Client):
    with rate_limits(read=5), clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        first, second = client.get("/api/v1/echo"), client.get("/api/v1/pages/mug")

    assert first["RateLimit-Policy"] == second["RateLimit-Policy"] == '"read";q=5;w=1000000000'
    assert first["RateLimit"] == '"read";r=4;t=232774400'
    assert second["RateLimit"] == '"read";r=3;t=232774400'


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/pages/cup", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("PUT", "/api/v1/echo", 405),
        ("POST", "/api/v1/checked", 422),
        ("GET", "/api/v1/broken/bug", 500),
        ("GET", "/api/v1/mine", 401),
        ("GET", "/api/v1/echo?a=%00", 400),
    ],
)
def test_so_does_every_refusal(client: Client, method, path, status):
    response = client.generic(method, path, b"{}", content_type="application/json")

    assert response.status_code == status
    assert response["RateLimit"].startswith('"write"' if method in {"PUT", "POST"} else '"read"')


@pytest.mark.parametrize("path", ["/api/v1/echo", "/api/v1/pages/mug", "/api/v1/nowhere", "/api/v1/mine"])
def test_who_asks_too_often_is_told_when_to_come_back(client: Client, path):
    with rate_limits(read=2), clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        allowed = [client.get(path).status_code for _ in range(2)]
        refused = client.get(path)

    assert 429 not in allowed
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert refused.json()["code"] == "too_many_requests"
    assert refused["Retry-After"] == "232774400"
    assert refused["RateLimit"] == '"read";r=0;t=232774400'


def test_a_bad_token_counts_as_well(client: Client):
    with rate_limits(read=2):
        found = [client.get("/api/v1/mine", headers={"Authorization": "Bearer x"}).status_code for _ in range(3)]

    assert found == [401, 401, 429]


def test_a_view_has_tighter_limits_of_its_own_for_what_changes_something(client: Client):
    with rate_limits(tries=2, tries_account=10):
        client.get(TRIES)
        found = [client.post(TRIES, {"email": "a@example.com"}, "application/json") for _ in range(3)]

    assert [answer.status_code for answer in found] == [200, 200, 429]
    assert [word.partition(";")[0] for word in found[0]["RateLimit"].split(", ")] == [
        '"write"',
        '"tries"',
        '"tries-account"',
    ]


def test_a_field_of_the_body_is_counted_however_it_is_spelt_and_from_wherever(client: Client):
    with rate_limits(tries=100, tries_account=2):
        bodies = ["a@example.com", " A@Example.com", "a@example.com", "b@example.com"]
        found = [
            client.post(TRIES, {"email": text}, "application/json", REMOTE_ADDR=f"10.0.0.{number}").status_code
            for number, text in enumerate(bodies)
        ]

    assert found == [200, 200, 429, 200]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"email":{"$gt":""}}', b'{"email":null}', b"{"])
def test_a_body_without_the_field_is_no_error_of_the_limits(client: Client, body):
    with rate_limits(tries=100, tries_account=1):
        found = [client.generic("POST", TRIES, body, content_type="application/json").status_code for _ in range(2)]

    assert set(found) <= {200, 400}


def test_addresses_are_told_apart_and_forwarded_ones_not_believed(client: Client):
    with rate_limits(read=1):
        found = [
            client.get(
                "/api/v1/echo", REMOTE_ADDR=remote, headers={"X-Forwarded-For": f"203.0.113.{number}"}
            ).status_code
            for number, remote in enumerate(["10.0.0.1", "10.0.0.2", "10.0.0.1"])
        ]

    assert found == [200, 200, 429]


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, rubbish", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
    ],
)
def test_the_address_is_what_the_last_trusted_proxy_was_told(remote, forwarded, expected):
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})

    with override_settings(SHOP_TRUSTED_PROXIES=(ip_network("10.0.0.0/8"),)):
        assert address_of(request) == expected


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_household_is_one_caller(address, group):
    assert group_of(address) == group


def test_limits_can_be_switched_off_and_multiplied(client: Client):
    throttling.forget()
    with override_settings(SHOP_RATE_FACTOR=0):
        assert "RateLimit" not in client.get("/api/v1/echo")
    with override_settings(SHOP_RATE_FACTOR=10, SHOP_RATE_LIMITS={}):
        assert client.get("/api/v1/echo")["RateLimit-Policy"] == '"read";q=60000;w=60'
    throttling.forget()


def test_a_policy_has_one_rate():
    assert limit("read", "6000/minute") == Limit("read", 6000, 60)
    with pytest.raises(TypeError, match="read has two rates"):
        limit("read", "5/minute")
    for rate in ("0/minute", "5/week", "5", "x/minute"):
        with pytest.raises(ValueError, match="is not like 30/minute"):
            limit("other", rate)


def test_pages_and_health_are_no_api(client: Client):
    assert "RateLimit" not in client.get("/elsewhere")
