"""A running fake Stripe with its two clients, for the tests of the fake itself."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request

import pytest
import stripe

from .stripe_openapi.check import watched


@pytest.fixture(scope="module")
def fake():
    with watched() as running:
        yield running


@pytest.fixture
def client(fake):
    return client_of(fake.url)


@pytest.fixture
def browser(fake):
    return client_of(fake.url, "pk_test_shop")


def client_of(url, key="sk_test_shop"):
    return stripe.StripeClient(key, base_addresses={"api": url}, max_network_retries=0)


def control(fake, path, **fields):
    request = urllib.request.Request(f"{fake.url}/_fake/{path}", urllib.parse.urlencode(fields).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def news(client, since, *kinds):
    """The types of the events after `since`, oldest first, of these kinds of objects."""
    found = [event.type for event in client.v1.events.list({"ending_before": since, "limit": 100}).data]
    return [kind for kind in reversed(found) if kind.startswith(kinds)]


def latest(client):
    """The newest event's id, to ask for `news` since."""
    client.v1.customers.create({"name": "A mark in the events"})
    return client.v1.events.list({"limit": 1}).data[0].id
