"""Refresh tokens rotate; an old one ends the session, and its owner learns of it. A repeat is no second use."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.contracts import RefreshTokenReused, SessionOver
from apps.accounts.models import Session, User
from apps.accounts.services.issue_session import Device
from apps.accounts.services.refresh_session import RETRY, TABS, refresh_session
from apps.accounts.services.refresh_tokens import read_token
from apps.accounts.services.revoke_sessions import revoke_session
from apps.accounts.testing.logins import logged_in
from apps.accounts.testing.people import make_person
from shop import clock
from shop.identity.events import SessionsRevoked
from shop.identity.revocation import is_revoked
from shop.identity.tokens import read_access_token
from shop.models import OutboxRow
from shop.testing.races import at_once, happens_before

SERVICE = "apps.accounts.services.refresh_session"
pytestmark = pytest.mark.usefixtures("database")


def refresh(text, **options):
    return refresh_session(text, client="192.0.2.0/24", **options)


def told(event):
    return OutboxRow.objects.using("accounts").filter(name=event.name).values("event_id").distinct().count()


@pytest.fixture
def first():
    return logged_in()


def test_a_refresh_token_is_good_for_one_pair_and_stored_as_a_hash(first):
    second = refresh(first.refresh)

    session = Session.objects.get()
    assert second.refresh != first.refresh
    assert (session.token_hash, session.generation) == (read_token(second.refresh).hash, 1)
    assert len(session.token_hash) == 64
    assert second.refresh not in str(vars(session))
    assert read_access_token(second.access).session_id == session.pk
    assert refresh(second.refresh).refresh not in (first.refresh, second.refresh)


def test_an_old_token_ends_the_session_and_its_owner_is_told(first):
    second = refresh(first.refresh)

    with pytest.raises(SessionOver):
        refresh(first.refresh)

    with pytest.raises(SessionOver):
        refresh(second.refresh)
    assert Session.objects.get().end_reason == "refresh_token_reused"
    assert is_revoked(second.session.pk)
    assert (told(RefreshTokenReused), told(SessionsRevoked)) == (1, 1)


def test_a_token_of_any_age_is_known_again(first):
    token = first
    for _ in range(4):
        token = refresh(token.refresh)

    with pytest.raises(SessionOver):
        refresh(first.refresh)

    assert not Session.objects.get().is_alive


def test_an_ended_session_tells_nothing_twice(first):
    refresh(first.refresh)
    for _ in range(3):
        with pytest.raises(SessionOver):
            refresh(first.refresh)

    assert (told(RefreshTokenReused), told(SessionsRevoked)) == (1, 1)


def test_another_session_of_the_same_person_goes_on(first):
    other = logged_in(User.objects.get(), Device("Laptop"))
    refresh(first.refresh)
    with pytest.raises(SessionOver):
        refresh(first.refresh)

    assert refresh(other.refresh).session.device == "Laptop"


@pytest.mark.parametrize(
    "garble",
    [
        lambda text: "",
        lambda text: "rt_",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: "x" + text[1:],
        lambda text: text[:-2] + "!!",
        lambda text: text[:30] + ("A" if text[30] != "A" else "B") + text[31:],
        lambda text: text[:-6] + "AAAAAA",
        lambda text: "rt_" + "é" * 91,
    ],
)
def test_garbage_is_refused_and_ends_nothing(first, garble):
    with pytest.raises(SessionOver):
        refresh(garble(first.refresh))

    assert Session.objects.get().is_alive
    assert refresh(first.refresh).refresh


def test_a_session_ends_when_it_is_not_used(first):
    with clock.shifted(timedelta(days=30, seconds=1)), pytest.raises(SessionOver):
        refresh(first.refresh)


def test_using_it_keeps_a_session_for_half_a_year_at_most(first):
    token = first
    for day in range(29, 180, 29):
        with clock.shifted(timedelta(days=day)):
            token = refresh(token.refresh)

    assert Session.objects.get().ends_at - Session.objects.get().created_at == timedelta(days=180)
    with clock.shifted(timedelta(days=181)), pytest.raises(SessionOver):
        refresh(token.refresh)


def test_who_may_not_log_in_any_more_gets_no_token(first):
    User.objects.update(is_active=False)

    with pytest.raises(SessionOver):
        refresh(first.refresh)


def test_new_roles_are_in_the_next_token():
    user = make_person()
    first = logged_in(user)
    User.objects.update(is_staff=True, is_superuser=True)

    principal = read_access_token(refresh(first.refresh).access).principal

    assert principal.kind == "staff"
    assert principal.has("staff:write")


def test_a_client_that_lost_the_answer_repeats_with_its_idempotency_key(first):
    second = refresh(first.refresh, key="k1")

    assert refresh(first.refresh, key="k1").refresh == second.refresh
    with clock.shifted(RETRY - timedelta(seconds=1)):
        assert refresh(first.refresh, key="k1").refresh == second.refresh
    assert Session.objects.get().generation == 1
    assert "k1" not in str(vars(Session.objects.get()))


@pytest.mark.parametrize(("key", "later"), [("k2", 0), ("", 0), ("k1", 121)])
def test_another_key_or_one_that_comes_too_late_is_a_second_use(first, key, later):
    refresh(first.refresh, key="k1")

    with clock.shifted(timedelta(seconds=later)):
        with pytest.raises(SessionOver):
            refresh(first.refresh, key=key)
        assert not Session.objects.get().is_alive


def test_a_repeat_after_the_answer_was_used_is_a_second_use(first):
    second = refresh(first.refresh, key="k1")
    refresh(second.refresh)

    with pytest.raises(SessionOver):
        refresh(first.refresh, key="k1")

    assert not Session.objects.get().is_alive


def test_two_tabs_of_a_browser_get_the_same_successor():
    first = logged_in(device=Device("Browser", by_cookie=True))
    second = refresh(first.refresh, by_cookie=True)

    assert refresh(first.refresh, by_cookie=True).refresh == second.refresh
    with clock.shifted(TABS + timedelta(seconds=1)), pytest.raises(SessionOver):
        refresh(first.refresh, by_cookie=True)


@pytest.mark.parametrize(("session_by_cookie", "sent_by_cookie"), [(True, False), (False, True)])
def test_that_is_for_cookies_only(session_by_cookie, sent_by_cookie):
    first = logged_in(device=Device("Browser", by_cookie=session_by_cookie))
    refresh(first.refresh, by_cookie=session_by_cookie)

    with pytest.raises(SessionOver):
        refresh(first.refresh, by_cookie=sent_by_cookie)


def test_two_that_are_under_way_together_get_the_same_successor(first):
    answers = []
    with happens_before(f"{SERVICE}._rotate", lambda: answers.append(refresh(first.refresh))):
        answers.append(refresh(first.refresh))

    assert answers[0].refresh == answers[1].refresh
    assert Session.objects.get().generation == 1


@pytest.mark.parametrize("options", [{"key": "k1"}, {"by_cookie": True}])
def test_twenty_repeats_at_once_are_one_use(options):
    first = logged_in(device=Device("Browser", by_cookie=True))

    answers = at_once(*[lambda: refresh(first.refresh, **options) for _ in range(20)])

    [successor] = {answer.refresh for answer in answers}
    assert Session.objects.get().generation == 1
    assert refresh(successor).refresh


def test_of_twenty_uses_at_once_one_counts_and_no_two_tokens_live(first):
    answers = at_once(*[lambda: refresh(first.refresh) for _ in range(20)])

    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert {type(answer) for answer in refused} <= {SessionOver}
    assert len({answer.refresh for answer in answers if answer not in refused}) == 1
    session = Session.objects.get()
    assert session.generation == 1
    assert (session.is_alive, told(RefreshTokenReused)) == ((True, 0) if not refused else (False, 1))


def test_a_refresh_that_looked_at_the_clock_before_a_logout_does_not_undo_it(first):
    user = User.objects.get()
    with (
        happens_before(
            "apps.accounts.services.refresh_session.new_salt", lambda: revoke_session(user.pk, first.session.pk)
        ),
        pytest.raises(SessionOver),
    ):
        refresh(first.refresh)

    assert not Session.objects.get().is_alive
    assert told(SessionsRevoked) == 1


def test_a_logout_and_a_refresh_at_once_leave_no_living_session(first):
    user = User.objects.get()
    at_once(lambda: refresh(first.refresh), lambda: revoke_session(user.pk, first.session.pk))

    assert not Session.objects.get().is_alive
    assert told(SessionsRevoked) == 1
