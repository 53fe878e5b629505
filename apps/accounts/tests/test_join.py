"""Registering, verifying, resending and changing addresses: what happens behind answers that are always the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password

from apps.accounts.contracts import EmailTaken, TokenNotValid
from apps.accounts.models import AccountRequest, OneTimeToken, User
from apps.accounts.services.ask_for_link import ask_for_reset, ask_for_verification
from apps.accounts.services.ask_to_register import ask_to_register
from apps.accounts.services.confirm_email import confirm_email
from apps.accounts.services.handle_account_request import handle_account_request
from apps.accounts.services.note_request import note_request
from apps.accounts.services.verify_address import verify_address
from apps.accounts.tasks import forget_ended_tokens, handle_account_requests
from apps.accounts.tests.outbox import told
from shop import clock, jobs
from shop.errors import Invalid
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
PASSWORD = "correct horse battery"


def register(email="Ann@Example.com", **facts):
    ask_to_register(
        **({"email": email, "password": PASSWORD, "name": "Ann", "language": "en", "allow": lambda: None} | facts)
    )


def names(events):
    return [type(event).__name__ for event in events]


def changed_to(user, email):
    """The token that the new address gets, or None."""
    note_request(AccountRequest.CHANGE_EMAIL, email, user_id=user.pk)
    handle_account_requests()
    return next((event.token for event in told() if type(event).__name__ == "EmailConfirmationAsked"), None)


def test_who_registers_is_a_user_who_is_asked_to_verify():
    jobs.woken.clear()
    register()
    assert User.objects.count() == 0
    assert jobs.woken == []
    assert handle_account_requests() == 1

    user = User.objects.get()
    assert (user.email, user.name, user.verified_at, user.is_active, user.is_staff) == (
        "ann@example.com",
        "Ann",
        None,
        True,
        False,
    )
    assert check_password(PASSWORD, user.password)
    assert not AccountRequest.objects.exists()
    [event] = [event for event in told() if event.name == "accounts.verification_asked.v1"]
    assert (event.user_id, event.email, event.language) == (user.pk, "ann@example.com", "en")


def test_a_known_address_stays_as_it_is_and_its_owner_is_told():
    owner = User.objects.create_user("ann@example.com", "another password", name="The first")
    register(email=" ANN@example.com")
    handle_account_requests()
    again = User.objects.get()
    assert (again.name, again.password) == ("The first", owner.password)
    [event] = told()
    assert (type(event).__name__, event.user_id) == ("KnownAddressTried", owner.pk)


def test_a_blocked_account_is_not_opened_by_asking():
    User.objects.create_user("ann@example.com", "x", is_active=False)
    register()
    ask_for_reset(email="ann@example.com")
    ask_for_verification(email="ann@example.com")
    assert handle_account_requests() == 3
    assert told() == []


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("short", ["password_too_short"]),
        ("password", ["password_too_common"]),
        ("ann@example.com", ["password_too_similar"]),
        ("annamaria lovelace", ["password_too_similar"]),
    ],
)
def test_a_weak_password_is_refused_by_what_the_caller_said_alone(password, codes):
    User.objects.create_user("ann@example.com", "x", name="Somebody Else")
    with pytest.raises(Invalid) as refused:
        register(password=password, name="Annamaria Lovelace")
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/password", code) for code in codes]
    assert not AccountRequest.objects.exists()


def test_two_who_register_one_address_at_once_make_one_user():
    register()
    register()
    rows = list(AccountRequest.objects.all())
    results = at_once(*[lambda row=row: handle_account_request(row) for row in rows])
    assert set(results) <= {True, False}
    with clock.shifted(timedelta(seconds=5)):
        handle_account_requests()
    assert User.objects.count() == 1
    assert sorted(names(told())) == ["KnownAddressTried", "UserRegistered", "VerificationAsked"]


def test_a_request_is_handled_once_however_many_try():
    ask_for_reset(email="nobody@example.com")
    row = AccountRequest.objects.get()
    results = at_once(*[lambda: handle_account_request(row)] * 3)
    assert sorted(map(str, results)) == ["False", "False", "True"]


def test_a_request_that_fails_does_not_hold_back_others_and_is_given_up_in_the_end():
    with clock.frozen(clock.now()):
        note_request("nonsense", "ann@example.com")
        ask_for_reset(email="nobody@example.com")
        assert handle_account_requests() == 1
        row = AccountRequest.objects.get()
        assert (row.kind, row.attempts) == ("nonsense", 1)
        assert row.due > clock.now()
    for later in range(1, 9):
        with clock.shifted(timedelta(hours=later)):
            handle_account_requests()
    assert not AccountRequest.objects.exists()


def test_verifying_is_told_once_and_works_once():
    register()
    handle_account_requests()
    token = told()[-1].token
    verify_address(token)
    user = User.objects.get()
    assert user.verified_at is not None
    with pytest.raises(TokenNotValid):
        verify_address(token)


def test_a_token_of_an_address_that_the_user_has_left_verifies_nothing():
    register()
    handle_account_requests()
    token = told()[-1].token
    User.objects.update(email="other@example.com")
    with pytest.raises(TokenNotValid):
        verify_address(token)
    assert User.objects.get().verified_at is None
    assert OneTimeToken.objects.get().used_at is None


def test_a_new_link_is_sent_to_who_is_not_verified_alone():
    User.objects.create_user("done@example.com", "x", verified_at=clock.now())
    waiting = User.objects.create_user("waiting@example.com", "x")
    for email in ("done@example.com", "Waiting@example.com", "nobody@example.com"):
        ask_for_verification(email=email)
    assert handle_account_requests() == 3
    [event] = told()
    assert (type(event).__name__, event.user_id) == ("VerificationAsked", waiting.pk)


def test_who_forgot_the_password_gets_a_link_and_strangers_get_nothing():
    user = User.objects.create_user("ann@example.com", "x")
    ask_for_reset(email="ann@example.com")
    ask_for_reset(email="nobody@example.com")
    assert handle_account_requests() == 2
    [event] = told()
    assert (type(event).__name__, event.user_id) == ("PasswordResetAsked", user.pk)


def test_a_new_address_is_confirmed_there_and_verified_by_it():
    user = User.objects.create_user("old@example.com", "x")
    token = changed_to(user, "New@Example.com")
    assert User.objects.get().email == "old@example.com"
    confirm_email(token)
    again = User.objects.get()
    assert again.email == "new@example.com"
    assert again.verified_at is not None
    event, verified = told()
    assert (type(verified).__name__, verified.email) == ("AddressVerified", "new@example.com")
    assert (event.old_email, event.new_email) == ("old@example.com", "new@example.com")


def test_a_later_wish_replaces_an_earlier_one():
    user = User.objects.create_user("old@example.com", "x")
    first, second = changed_to(user, "first@example.com"), changed_to(user, "second@example.com")
    with pytest.raises(TokenNotValid):
        confirm_email(first)
    confirm_email(second)
    assert User.objects.get().email == "second@example.com"


def test_links_in_the_old_mailbox_end_with_the_change():
    user = User.objects.create_user("old@example.com", "x")
    ask_for_reset(email="old@example.com")
    handle_account_requests()
    confirm_email(changed_to(user, "new@example.com"))
    assert not OneTimeToken.objects.exists()


def test_a_taken_address_is_answered_to_its_owner_and_the_asker_sees_the_same_as_ever():
    user = User.objects.create_user("old@example.com", "x")
    owner = User.objects.create_user("taken@example.com", "x")
    note_request(AccountRequest.CHANGE_EMAIL, "taken@example.com", user_id=user.pk)
    handle_account_requests()
    notice, warning = told()
    assert (type(notice).__name__, notice.email, notice.new_email) == (
        "EmailChangeAsked",
        "old@example.com",
        "taken@example.com",
    )
    assert (type(warning).__name__, warning.user_id, warning.email) == (
        "KnownAddressTried",
        owner.pk,
        "taken@example.com",
    )


def test_of_two_who_confirm_one_address_one_gets_it():
    users = [User.objects.create_user(f"{name}@example.com", "x") for name in ("one", "two")]
    tokens = [changed_to(user, "wanted@example.com") for user in users]
    results = at_once(*[lambda token=token: confirm_email(token) for token in tokens])
    assert sorted(type(result).__name__ for result in results) == ["EmailTaken", "NoneType"]
    assert isinstance(next(result for result in results if result), EmailTaken)
    assert User.objects.filter(email="wanted@example.com").count() == 1
    assert names(told()) == ["EmailChanged", "AddressVerified"]


def test_tokens_that_have_ended_are_forgotten():
    register()
    handle_account_requests()
    assert forget_ended_tokens() == 0
    with clock.shifted(timedelta(days=3)):
        assert forget_ended_tokens() == 1
    assert not OneTimeToken.objects.exists()
