"""A session that was ended opens nothing, in any context, within seconds; asking costs no query."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from shop import clock
from shop.db import transact
from shop.events import publish
from shop.housekeeping import purge
from shop.identity import revocation
from shop.identity.events import SessionsRevoked
from shop.identity.revocation import is_revoked, record_revoked
from shop.ids import uuid7
from shop.models import RevokedSession
from shop.testing.counting import queries_of
from shop.testing.drain import drain

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    for name, value in (("looked_at", float("-inf")), ("since", None), ("until", {})):
        monkeypatch.setattr(revocation._Known, name, value)


def revoke(*ids, context="accounts"):
    transact(context, lambda: record_revoked(context, ids))


def test_it_is_known_after_the_next_look():
    one, other = uuid7(), uuid7()
    assert not is_revoked(one)
    revoke(one)
    assert not is_revoked(one)  # within the second
    revocation.forget()

    assert (is_revoked(one), is_revoked(other)) == (True, False)


def test_asking_again_costs_no_query():
    is_revoked(uuid7())
    with queries_of("accounts") as asked:
        for _ in range(100):
            is_revoked(uuid7())
    assert asked == []


def test_a_look_reads_only_what_is_new(monkeypatch):
    monkeypatch.setattr(revocation, "OVERLAP", timedelta(0))
    revoke(first := uuid7())
    assert is_revoked(first)
    RevokedSession.objects.using("accounts").all().delete()
    with clock.shifted(timedelta(seconds=2)):
        revoke(second := uuid7())
        with clock.shifted(timedelta(seconds=2)):
            revocation.forget()
            assert (is_revoked(first), is_revoked(second)) == (True, True)


def test_it_is_forgotten_when_no_token_can_live():
    revoke(one := uuid7())
    assert is_revoked(one)
    with clock.shifted(revocation.KEEP + timedelta(seconds=1)):
        revocation.forget()
        assert not is_revoked(one)
        assert [purge(context) for context in ("accounts", "orders")] == [1, 0]
    assert not RevokedSession.objects.using("accounts").exists()


def test_a_clock_that_was_put_back_loses_nothing():
    with clock.shifted(timedelta(hours=1)):
        is_revoked(uuid7())
    revoke(one := uuid7())
    revocation.forget()

    assert is_revoked(one)


def test_every_context_hears_of_it_once():
    ids = (uuid7(), uuid7())

    def tell():
        record_revoked("accounts", ids)
        publish(SessionsRevoked(uuid7(), ids, "logged_out", clock.now()), key="a")

    transact("accounts", tell)
    transact("accounts", lambda: publish(SessionsRevoked(uuid7(), ids, "logged_out", clock.now()), key="a"))
    drain("accounts")

    for context in settings.SHOP_CONTEXTS:
        assert set(RevokedSession.objects.using(context).values_list("pk", flat=True)) == set(ids), context
