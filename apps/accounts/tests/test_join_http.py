"""Joining and getting back in, over HTTP: one answer for known and unknown addresses, every refusal named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from apps.accounts.http.serializers.joining import IN_THE_MAIL
from apps.accounts.http.views.joining import MAIL_FROM, MAIL_TO
from apps.accounts.models import AccountRequest, OneTimeToken, Session, User
from apps.accounts.tasks import handle_account_requests
from apps.accounts.tests.outbox import token_of, told
from shop import clock
from shop.ids import uuid7
from shop.models import IdempotencyKey
from shop.testing.http import send
from shop.testing.limits import rate_limits
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
ANN = "ann@example.com"
OLD, NEW = "correct horse battery", "a new horse battery"


@pytest.fixture
def ann():
    return User.objects.create_user(ANN, OLD, name="Ann")


@pytest.fixture
def login(ann):
    """Ann's Authorization header, and the session that it belongs to."""
    return logged_in(ann)[0]


def logged_in(user):
    from shop.identity.tokens import issue_access_token
    from shop.principal import Principal

    session = Session.objects.create(
        user=user, device="Laptop", ends_at=clock.now() + timedelta(days=1), token_hash=uuid7().hex
    )
    return f"Bearer {issue_access_token(Principal('customer', str(user.pk)), session.pk)}", session


def same(answer):
    return answer.status_code, answer.json(), sorted(answer.headers)


def pointers(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/auth/register", {"password": NEW}),
        ("/auth/verify/resend", {}),
        ("/auth/password/forgot", {}),
    ],
)
def test_a_known_and_an_unknown_address_get_the_same_answer(ann, path, more):
    answers = [send("POST", path, {"email": email, **more}) for email in (ANN, "nobody@example.com")]
    assert same(answers[0]) == same(answers[1])
    assert answers[0].status_code == 202
    assert answers[0].json() == IN_THE_MAIL
    assert answers[0].headers["Cache-Control"] == "private, no-store"


def test_a_taken_and_a_free_new_address_get_the_same_answer(ann, login):
    User.objects.create_user("taken@example.com", OLD)
    body = {"current_password": OLD}
    answers = [
        send("POST", "/me/email", {"email": email, **body}, authorization=login)
        for email in ("taken@example.com", "free@example.com")
    ]
    assert same(answers[0]) == same(answers[1])
    assert (answers[0].status_code, answers[0].json()) == (202, IN_THE_MAIL)


def test_registering_to_verifying():
    send("POST", "/auth/register", {"email": " Ann@Example.COM ", "password": NEW, "name": "Ann", "language": "de-AT"})
    handle_account_requests()
    user = User.objects.get()
    assert (user.email, user.name, user.language, user.verified_at) == (ANN, "Ann", "de-AT", None)

    assert send("POST", "/auth/verify", {"token": token_of("VerificationAsked")}).status_code == 204
    user.refresh_from_db()
    assert user.verified_at is not None


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"password": NEW}, "/email", "required"),
        ({"email": "ann", "password": NEW}, "/email", "invalid"),
        ({"email": {"$gt": ""}, "password": NEW}, "/email", "invalid"),
        ({"email": [ANN], "password": NEW}, "/email", "invalid"),
        ({"email": "a" * 250 + "@example.com", "password": NEW}, "/email", "invalid"),
        ({"email": ANN}, "/password", "required"),
        ({"email": ANN, "password": "short"}, "/password", "password_too_short"),
        ({"email": ANN, "password": "x" * 201}, "/password", "max_length"),
        ({"email": ANN, "password": 12345678}, "/password", "invalid"),
        ({"email": ANN, "password": NEW, "name": "n" * 201}, "/name", "max_length"),
        ({"email": ANN, "password": NEW, "language": "../../etc"}, "/language", "invalid"),
        ({"email": ANN, "password": NEW, "is_staff": True}, "/is_staff", "unknown_field"),
    ],
)
def test_a_wrong_registration_is_told_where_and_writes_nothing(body, pointer, code):
    answer = send("POST", "/auth/register", body)
    assert answer.status_code == 422
    assert (pointer, code) in pointers(answer)
    assert not AccountRequest.objects.exists()


def test_spaces_of_a_password_belong_to_it():
    send("POST", "/auth/register", {"email": ANN, "password": "  spaces around it  "})
    handle_account_requests()
    assert check_password("  spaces around it  ", User.objects.get().password)


@pytest.mark.parametrize("path", ["/auth/verify", "/auth/email/confirm", "/auth/password/reset"])
@pytest.mark.parametrize("token", ["nonsense", "x" * 200])
def test_a_token_that_is_none_is_refused(path, token):
    more = {"password": NEW} if path.endswith("reset") else {}
    answer = send("POST", path, {"token": token, **more})
    assert (answer.status_code, answer.json()["code"]) == (422, "accounts.token_not_valid")
    assert pointers(answer) == [("/token", "not_valid")]
    assert token not in answer.content.decode()


@pytest.mark.parametrize("path", ["/auth/verify", "/auth/email/confirm", "/auth/password/reset"])
@pytest.mark.parametrize("token", [None, {"$gt": ""}, ["x"], 5, "", "x" * 201])
def test_what_cannot_be_a_token_is_named(path, token):
    more = {"password": NEW} if path.endswith("reset") else {}
    answer = send("POST", path, {"token": token, **more})
    assert answer.status_code == 422
    assert "/token" in [pointer for pointer, _ in pointers(answer)]


def reset_token():
    send("POST", "/auth/password/forgot", {"email": ANN})
    handle_account_requests()
    return token_of("PasswordResetAsked")


def test_a_reset_ends_all_sessions_verifies_the_address_and_works_once(ann):
    logged_in(ann)
    token = reset_token()
    weak = send("POST", "/auth/password/reset", {"token": token, "password": ANN})
    assert (weak.status_code, pointers(weak)) == (422, [("/password", "password_too_similar")])

    assert send("POST", "/auth/password/reset", {"token": token, "password": NEW}).status_code == 204
    ann.refresh_from_db()
    assert check_password(NEW, ann.password)
    assert ann.verified_at is not None
    assert [session.end_reason for session in Session.objects.all()] == ["password_reset"]
    assert "PasswordChanged" in [type(event).__name__ for event in told()]
    again = send("POST", "/auth/password/reset", {"token": token, "password": "yet another one"})
    assert again.json()["code"] == "accounts.token_not_valid"
    ann.refresh_from_db()
    assert check_password(NEW, ann.password)


def test_a_blocked_account_is_not_opened_by_an_old_link(ann):
    token = reset_token()
    User.objects.update(is_active=False)
    answer = send("POST", "/auth/password/reset", {"token": token, "password": NEW})
    assert answer.json()["code"] == "accounts.token_not_valid"


def test_a_changed_password_ends_every_other_session_and_every_link(ann):
    login, mine = logged_in(ann)
    logged_in(ann)
    token = reset_token()
    answer = send("POST", "/me/password", {"current_password": OLD, "password": NEW}, authorization=login)
    assert answer.status_code == 204
    ann.refresh_from_db()
    assert check_password(NEW, ann.password)
    assert [session.pk for session in Session.objects.filter(ends_at__gt=clock.now())] == [mine.pk]
    [event] = [event for event in told() if type(event).__name__ == "PasswordChanged"]
    assert (event.user_id, event.email) == (ann.pk, ANN)
    assert not OneTimeToken.objects.exists()
    late = send("POST", "/auth/password/reset", {"token": token, "password": "yet another one"})
    assert late.json()["code"] == "accounts.token_not_valid"


@pytest.mark.parametrize("path", ["/me/password", "/me/email"])
def test_a_wrong_present_password_is_refused(ann, login, path):
    body = {"current_password": "wrong", "password": NEW} if path.endswith("password") else {}
    body = body or {"current_password": "wrong", "email": "new@example.com"}
    answer = send("POST", path, body, authorization=login)
    assert (answer.status_code, answer.json()["code"]) == (422, "accounts.wrong_password")
    assert pointers(answer) == [("/current_password", "wrong")]
    ann.refresh_from_db()
    assert check_password(OLD, ann.password)
    assert not AccountRequest.objects.exists()


def test_a_weak_new_password_is_refused(ann, login):
    answer = send("POST", "/me/password", {"current_password": OLD, "password": "password"}, authorization=login)
    assert (answer.status_code, pointers(answer)) == (422, [("/password", "password_too_common")])


def test_the_address_that_one_has_is_no_new_one(ann, login):
    answer = send("POST", "/me/email", {"current_password": OLD, "email": "ANN@example.com"}, authorization=login)
    assert (answer.status_code, pointers(answer)) == (422, [("/email", "unchanged")])


def test_a_new_address_is_confirmed_and_a_taken_one_is_a_conflict(ann, login):
    send("POST", "/me/email", {"current_password": OLD, "email": "new@example.com"}, authorization=login)
    handle_account_requests()
    token = token_of("EmailConfirmationAsked")
    User.objects.create_user("new@example.com", OLD)
    taken = send("POST", "/auth/email/confirm", {"token": token})
    assert (taken.status_code, taken.json()["code"]) == (409, "accounts.email_taken")
    User.objects.filter(email="new@example.com").delete()
    assert send("POST", "/auth/email/confirm", {"token": token}).status_code == 204
    ann.refresh_from_db()
    assert ann.email == "new@example.com"


@pytest.mark.parametrize("path", ["/me/password", "/me/email"])
def test_strangers_and_the_dead_are_asked_to_log_in(path):
    body = {"current_password": OLD, "password": NEW} if path.endswith("password") else {}
    body = body or {"current_password": OLD, "email": "new@example.com"}
    assert send("POST", path, body).status_code == 401
    assert send("POST", path, body, authorization=bearer()).status_code == 401


def test_mails_to_one_address_and_tries_of_one_caller_are_limited(ann):
    with rate_limits(mail_to=2):
        codes = [send("POST", "/auth/password/forgot", {"email": ANN}).status_code for _ in range(3)]
        other = send("POST", "/auth/password/forgot", {"email": "other@example.com"})
        upper = send("POST", "/auth/verify/resend", {"email": ANN.upper()})
    assert (codes, other.status_code, upper.status_code) == ([202, 202, 429], 202, 429)
    assert int(upper.headers["Retry-After"]) >= 1
    with rate_limits(account_token=1):
        codes = [send("POST", "/auth/verify", {"token": "x"}).status_code for _ in range(2)]
    assert codes == [422, 429]


def test_who_asks_for_too_many_mails_leaves_some_for_the_owner_elsewhere(ann):
    def asked(network: str) -> int:
        body, kind = f'{{"email": "{ANN}"}}', "application/json"
        path = "/api/v1/auth/password/forgot"
        return Client().post(path, body, content_type=kind, REMOTE_ADDR=network).status_code

    with rate_limits(mail_to=10, mail_from=5):
        stranger = [asked("198.51.100.7") for _ in range(20)]
        owner = [asked("203.0.113.9") for _ in range(6)]

    assert stranger == [202] * 5 + [429] * 15
    assert owner == [202] * 5 + [429]
    assert (MAIL_FROM.quota, MAIL_TO.quota) == (5, 10)


@pytest.mark.parametrize("email", [ANN, "nobody@example.com"])
@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/auth/register", {"password": "short"}),
        ("/auth/register", {"password": NEW, "admin": True}),
        ("/auth/password/forgot", {"language": "de"}),
        ("/auth/verify/resend", {"email": ["x"]}),
    ],
)
def test_who_sends_bad_bodies_locks_no_address(ann, email, path, wrong):
    with rate_limits(mail_to=1):
        codes = [send("POST", path, {"email": email, **wrong}).status_code for _ in range(3)]
        asked = [send("POST", "/auth/password/forgot", {"email": email}) for _ in range(2)]
    assert codes == [422] * 3
    assert [answer.status_code for answer in asked] == [202, 429]
    assert '"mail-to";q=1' in asked[0]["RateLimit-Policy"]


def test_who_names_an_address_with_a_wrong_password_locks_it_for_nobody(login):
    said = {"email": "other@example.com", "current_password": "a guess of a password"}
    with rate_limits(mail_to=1):
        wrong = [send("POST", "/me/email", said, authorization=login).status_code for _ in range(3)]
        said["current_password"] = OLD
        right = [send("POST", "/me/email", said, authorization=login).status_code for _ in range(2)]
    assert (wrong, right) == ([422] * 3, [202, 429])


def test_an_unknown_address_reaches_its_limit_as_a_known_one_does(ann):
    seen = []
    for email in (ANN, "nobody@example.com"):
        with rate_limits(mail_to=1):
            seen.append([send("POST", "/auth/password/forgot", {"email": email}).status_code for _ in range(2)])
    assert seen == [[202, 429]] * 2


def test_nothing_of_a_body_with_a_password_is_kept_for_an_idempotency_key():
    for _ in range(2):
        answer = send("POST", "/auth/register", {"email": ANN, "password": NEW}, idempotency_key="k")
        assert answer.status_code == 202
    assert not IdempotencyKey.objects.using("accounts").exists()
