"""Devices: their owner sees, names and ends them; every context hears of the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts import queries
from apps.accounts.contracts import SessionNotFound, SessionOver
from apps.accounts.models import Session
from apps.accounts.services.issue_session import Device
from apps.accounts.services.purge_sessions import KEEP
from apps.accounts.services.refresh_session import refresh_session
from apps.accounts.services.rename_session import rename_session
from apps.accounts.services.revoke_sessions import BATCH, revoke_session, revoke_sessions
from apps.accounts.tasks import forget_ended_sessions
from apps.accounts.testing.logins import logged_in
from apps.accounts.testing.people import make_person
from shop import clock
from shop.db import transact
from shop.identity.events import SessionsRevoked
from shop.identity.revocation import is_revoked
from shop.models import OutboxRow, RevokedSession
from shop.testing.drain import drain
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def ada():
    return make_person()


def told() -> list[str]:
    rows = OutboxRow.objects.using("accounts").filter(name=SessionsRevoked.name, destination="orders")
    return [row.payload for row in rows.order_by("pk")]


def living(user):
    return set(queries.sessions_of(user.pk).values_list("device", flat=True))


def test_everybody_has_only_their_own(ada):
    mine, other = logged_in(ada), logged_in(make_person("bea@example.com"))

    assert list(queries.sessions_of(ada.pk)) == [mine.session]
    for work in (
        lambda: queries.get_session(ada.pk, other.session.pk),
        lambda: rename_session(user_id=ada.pk, session_id=other.session.pk, device="Mine"),
    ):
        with pytest.raises(SessionNotFound):
            work()
    assert revoke_session(ada.pk, other.session.pk) == 0
    assert Session.objects.get(pk=other.session.pk).device == "Phone"


def test_a_device_gets_a_name(ada):
    one = logged_in(ada)

    assert rename_session(user_id=ada.pk, session_id=one.session.pk, device="Old phone").device == "Old phone"
    assert living(ada) == {"Old phone"}


def test_ending_one_leaves_the_others(ada):
    phone, laptop = logged_in(ada), logged_in(ada, Device("Laptop"))

    assert (revoke_session(ada.pk, phone.session.pk), revoke_session(ada.pk, phone.session.pk)) == (1, 0)

    assert living(ada) == {"Laptop"}
    assert (is_revoked(phone.session.pk), is_revoked(laptop.session.pk)) == (True, False)
    with pytest.raises(SessionOver):
        refresh_session(phone.refresh, client="")
    assert len(told()) == 1


def test_ending_all_but_one(ada):
    phone, laptop, tablet = (logged_in(ada, Device(name)) for name in ("Phone", "Laptop", "Tablet"))
    stranger = logged_in(make_person("bea@example.com"))

    assert revoke_sessions(ada.pk, except_session=laptop.session.pk, reason="password_changed") == 2

    assert living(ada) == {"Laptop"}
    assert {one.end_reason for one in Session.objects.filter(pk__in=[phone.session.pk, tablet.session.pk])} == {
        "password_changed"
    }
    assert not is_revoked(stranger.session.pk)
    [payload] = told()
    assert str(phone.session.pk) in payload
    assert str(laptop.session.pk) not in payload


def test_ending_joins_the_transaction_of_its_reason(ada):
    one = logged_in(ada)

    def change_that_fails():
        revoke_sessions(ada.pk, reason="password_changed")
        raise LookupError

    with pytest.raises(LookupError):
        transact("accounts", change_that_fails)

    assert living(ada) == {"Phone"}
    assert not is_revoked(one.session.pk)
    assert told() == []


def test_a_session_that_has_no_good_access_token_needs_no_news(ada):
    logged_in(ada)
    with clock.shifted(timedelta(minutes=11)):
        logged_in(ada, Device("Laptop"))
        assert revoke_sessions(ada.pk) == 2
        assert living(ada) == set()

    assert len(told()) == 1
    assert RevokedSession.objects.using("accounts").count() == 1


def test_very_many_sessions_end_in_parcels(ada):
    one = logged_in(ada).session
    many = [Session(user=ada, device=str(i), ends_at=one.ends_at, token_hash="x") for i in range(BATCH + 5)]
    Session.objects.bulk_create(many)

    assert revoke_sessions(ada.pk) == BATCH + 6
    assert len(told()) == 2


def test_two_who_end_the_same_session_tell_of_it_once(ada):
    one = logged_in(ada)

    answers = at_once(*[lambda: revoke_session(ada.pk, one.session.pk) for _ in range(8)])

    assert (answers.count(0), answers.count(1)) == (7, 1)
    assert len(told()) == 1


def test_every_context_knows_after_the_relay(ada):
    one = logged_in(ada)
    revoke_session(ada.pk, one.session.pk)
    drain("accounts")

    for context in ("accounts", "catalog", "cart", "orders", "payments", "notifications"):
        assert RevokedSession.objects.using(context).filter(pk=one.session.pk).exists(), context


def test_ended_sessions_are_forgotten_after_a_week(ada):
    logged_in(ada)
    revoke_sessions(ada.pk)
    logged_in(ada, Device("Laptop"))

    assert forget_ended_sessions() == 0
    with clock.shifted(KEEP + timedelta(seconds=1)):
        assert forget_ended_sessions() == 1
    assert {one.device for one in Session.objects.all()} == {"Laptop"}
