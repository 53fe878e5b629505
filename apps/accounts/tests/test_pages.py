"""The pages that links in mails lead to: looking does nothing, the button does it, and the token leaks nowhere."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from apps.accounts.models import AccountRequest, User
from apps.accounts.services.ask_for_link import ask_for_reset, ask_for_verification
from apps.accounts.services.note_request import note_request
from apps.accounts.tasks import handle_account_requests
from apps.accounts.tests.outbox import token_of
from shop.ids import uuid7
from shop.testing.limits import rate_limits

pytestmark = pytest.mark.usefixtures("database")
NEW = "a new horse battery"
PAGES = ["/account/verify", "/account/confirm-email", "/account/reset-password", "/account/accept-invitation"]


@pytest.fixture
def ann():
    return User.objects.create_user("ann@example.com", "correct horse battery")


def token_to(kind, ask):
    ask()
    handle_account_requests()
    return token_of(kind)


def press(path, page, **fields):
    """The form as a browser sends it: back to where it came from, with its hidden token."""
    [token] = re.findall(r'name="token" value="([^"]*)"', page.content.decode())
    return Client().post(path, {"token": token, **fields})


def test_looking_does_nothing_and_the_button_verifies(ann):
    token = token_to("VerificationAsked", lambda: ask_for_verification(email=ann.email))
    for _ in range(3):
        page = Client().get("/account/verify", {"token": token})
        assert page.status_code == 200
    Client().head("/account/verify", {"token": token})
    ann.refresh_from_db()
    assert ann.verified_at is None

    done = press("/account/verify", page)
    assert (done.status_code, "Your address is verified." in done.content.decode()) == (200, True)
    ann.refresh_from_db()
    assert ann.verified_at is not None
    again = press("/account/verify", page)
    assert (again.status_code, "does not work any more" in again.content.decode()) == (422, True)


def test_a_new_password_is_chosen_on_its_page_and_a_weak_one_can_be_mended_there(ann):
    token = token_to("PasswordResetAsked", lambda: ask_for_reset(email=ann.email))
    page = Client().get("/account/reset-password/", {"token": token})
    weak = press("/account/reset-password", page, password="short")
    assert (weak.status_code, "too short" in weak.content.decode()) == (422, True)
    assert press("/account/reset-password", weak, password=NEW).status_code == 200
    ann.refresh_from_db()
    assert check_password(NEW, ann.password)


def test_a_new_address_is_confirmed_on_its_page(ann):
    ask = lambda: note_request(AccountRequest.CHANGE_EMAIL, "new@example.com", user_id=ann.pk)  # noqa: E731
    page = Client().get("/account/confirm-email", {"token": token_to("EmailConfirmationAsked", ask)})
    assert press("/account/confirm-email", page).status_code == 200
    ann.refresh_from_db()
    assert ann.email == "new@example.com"


def test_an_invitation_is_accepted_on_its_page(ann):
    from apps.accounts.rules import Role
    from apps.accounts.services.invite_staff import invite_staff

    boss = User.objects.create_superuser("boss@example.com", "x")
    ask = lambda: invite_staff(invitation_id=uuid7(), email=ann.email, roles=[Role.SUPPORT], by=boss.pk)  # noqa: E731
    page = Client().get("/account/accept-invitation", {"token": token_to("StaffInvited", ask)})
    weak = press("/account/accept-invitation", page, name='Ann "<b>"', password="short")
    assert 'value="Ann &quot;&lt;b&gt;&quot;"' in weak.content.decode()
    assert press("/account/accept-invitation", weak, name="Ann", password=NEW).status_code == 200
    ann.refresh_from_db()
    assert (ann.is_staff, ann.name, check_password(NEW, ann.password)) == (True, "Ann", True)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_its_address_to_itself(path):
    page = Client().get(path, {"token": "<b>&\"'"})
    assert "<b>" not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"  # a form of "no-referrer" comes with `Origin: null`
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "script" not in page.content.decode()
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "form", [{}, {"token": ""}, {"token": "\x00\ud83d"}, {"token": "x" * 9999, "password": "\x00"}]
)
def test_nonsense_is_refused_on_the_page(path, form):
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}
    page = Client().post(path, encoded)
    assert page.status_code == 422
    assert "does not work any more" in page.content.decode()


def test_tries_are_counted_together_with_those_of_the_api():
    with rate_limits(account_token=1):
        codes = [Client().post("/account/verify", {"token": "x"}).status_code for _ in range(2)]
    assert codes == [422, 429]
