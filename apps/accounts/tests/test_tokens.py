"""Tokens of links: one living one per user and purpose, used once, in time, and nowhere to be read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.contracts import TokenNotValid
from apps.accounts.models import OneTimeToken, Purpose
from apps.accounts.services.issue_token import issue_token
from apps.accounts.services.use_token import use_token, void_tokens
from shop import clock
from shop.db import transact
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


def issued(user_id, purpose=Purpose.RESET):
    return transact("accounts", lambda: issue_token(user_id=user_id, purpose=purpose, email="ann@example.com")).token


def used(token, purpose=Purpose.RESET):
    return transact("accounts", lambda: use_token(token, purpose))


def test_a_token_is_used_once():
    user = uuid7()
    token = issued(user)
    assert used(token).user_id == user
    with pytest.raises(TokenNotValid):
        used(token)


def test_only_its_hash_is_stored_and_it_has_256_bits():
    token = issued(uuid7())
    assert len(token) == 43
    assert token not in str(list(OneTimeToken.objects.values()))


def test_a_newer_token_replaces_the_older_one():
    user = uuid7()
    older, newer = issued(user), issued(user)
    with pytest.raises(TokenNotValid):
        used(older)
    assert used(newer).user_id == user
    assert OneTimeToken.objects.count() == 1
    assert used(issued(user)).user_id == user


def test_a_token_is_good_for_its_purpose_only():
    token = issued(uuid7(), Purpose.VERIFY)
    with pytest.raises(TokenNotValid):
        used(token, Purpose.RESET)
    used(token, Purpose.VERIFY)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_ends_with_its_time(purpose):
    token = issued(uuid7(), purpose)
    with clock.shifted(purpose.lifetime), pytest.raises(TokenNotValid):
        used(token, purpose)
    with clock.shifted(purpose.lifetime - timedelta(seconds=5)):
        used(token, purpose)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 5000])
def test_what_is_no_token_is_not_valid(token):
    with pytest.raises(TokenNotValid):
        used(token)


def test_voided_tokens_do_not_work():
    user, other = uuid7(), uuid7()
    tokens = [issued(user, purpose) for purpose in Purpose]
    theirs = issued(other)
    transact("accounts", lambda: void_tokens(user))
    for token, purpose in zip(tokens, Purpose, strict=True):
        with pytest.raises(TokenNotValid):
            used(token, purpose)
    used(theirs)


def test_of_several_who_use_it_at_once_one_wins():
    token = issued(uuid7())
    results = at_once(*[lambda: used(token)] * 4)
    assert [type(result) for result in results].count(OneTimeToken) == 1
    assert [type(result) for result in results].count(TokenNotValid) == 3
