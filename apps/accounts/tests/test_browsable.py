"""The browsable API for people: a login form, two cookies, reading and writing, and the form again when it is over."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.models import Address, Session
from apps.accounts.testing.logins import PASSWORD, with_password
from shop import clock
from shop.testing.limits import rate_limits

pytestmark = pytest.mark.usefixtures("database")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SESSIONS = "/api/v1/me/sessions"


@pytest.fixture
def ada():
    return with_password()


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True, headers=HTML)


def token_of(page):
    return re.search(r'(?:name="csrfmiddlewaretoken" value|"csrfToken":) ?=?"([A-Za-z0-9]+)"', page.content.decode())[1]


def origin(page):
    """What a browser names as the origin of a form: nothing of a page that tells nobody its address."""
    return {"Origin": "null" if page["Referrer-Policy"] == "no-referrer" else "http://testserver"}


def log_in(browser, **fields):
    page = browser.get("/api/login")
    form = {"csrfmiddlewaretoken": token_of(page), "email": "ada@example.com", "password": PASSWORD}
    return browser.post("/api/login", form | fields, headers=origin(page))


def test_who_has_to_log_in_is_led_to_the_form_and_back(ada, browser):
    asked = browser.get(f"{SESSIONS}?limit=5")
    assert (asked.status_code, asked["Location"]) == (302, "/api/login?next=%2Fapi%2Fv1%2Fme%2Fsessions%3Flimit%3D5")
    form = browser.get(asked["Location"])
    assert (form.status_code, form["Cache-Control"]) == (200, "private, no-store")

    answer = log_in(browser, next=f"{SESSIONS}?limit=5")

    assert (answer.status_code, answer["Location"]) == (302, f"{SESSIONS}?limit=5")
    cookies = {name: (one["httponly"], one["samesite"], one["path"]) for name, one in answer.cookies.items()}
    assert cookies["shop_access"] == (True, "Lax", "/api")
    assert cookies["shop_refresh"] == (True, "Strict", "/api")
    page = browser.get(answer["Location"])
    assert page.status_code == 200
    assert "Log out" in page.content.decode()
    assert "sessionid" not in browser.cookies


def test_a_program_gets_the_problem_and_no_redirect(browser):
    assert browser.get(SESSIONS, headers={"Accept": "application/json"}).status_code == 401


def test_a_person_writes_on_the_page(ada, browser):
    log_in(browser)
    path = f"{SESSIONS}/{Session.objects.get().pk}"
    page = browser.get(SESSIONS)
    token = token_of(page)
    detail = browser.patch(path, '{"device": "Mine"}', content_type="application/json", headers={"X-CSRFToken": token})

    assert detail.status_code == 200
    assert detail["Content-Type"].startswith("text/html")
    assert Session.objects.get().device == "Mine"
    assert 'data-method="PATCH"' in detail.content.decode()
    refused = browser.patch(path, '{"device": 5}', content_type="application/json", headers={"X-CSRFToken": token})
    assert refused.status_code == 422
    assert "This must be a text." in refused.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/auth/logout", "/api/v1/auth/logout-everywhere"])
def test_what_has_no_answer_but_done_is_told_on_the_page(ada, browser, path):
    log_in(browser)
    page = browser.get(SESSIONS)
    answer = browser.post(
        path, "{}", content_type="application/json", headers={"X-CSRFToken": token_of(page), **origin(page)}
    )

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "HTTP 204 No Content" in answer.content.decode()
    assert not Session.objects.get().is_alive


def test_an_address_is_written_and_deleted_on_the_page(ada, browser):
    log_in(browser)
    page = browser.get("/api/v1/me/addresses")
    headers = {"X-CSRFToken": token_of(page), **origin(page)}
    body = {"name": "Ada", "line1": "Torstr. 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
    made = browser.post("/api/v1/me/addresses", body, content_type="application/json", headers=headers)
    assert made.status_code == 201, made.content.decode()

    gone = browser.delete(made["Location"], headers=headers)

    assert (gone.status_code, Address.objects.count()) == (200, 0)
    assert "HTTP 204 No Content" in gone.content.decode()


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "x" * 64}, {"Origin": "https://evil.example"}])
def test_another_site_cannot_write_with_the_cookie(ada, browser, headers):
    log_in(browser)
    if "Origin" in headers:
        headers = headers | {"X-CSRFToken": token_of(browser.get(SESSIONS))}

    answer = browser.post("/api/v1/auth/logout-everywhere", "{}", content_type="application/json", headers=headers)

    assert answer.status_code == 403
    assert "csrf_failed" in answer.content.decode()
    assert Session.objects.get().is_alive


def test_strangers_see_no_fields_to_write_in(browser):
    page = browser.get("/api/v1/countries")
    assert page.status_code == 200
    assert "Log in" in page.content.decode()
    assert "data-method" not in page.content.decode().replace('data-method="OPTIONS"', "")


def test_the_login_goes_on_silently_while_the_session_lives(ada, browser):
    log_in(browser)
    with clock.shifted(timedelta(minutes=6)):
        asked = browser.get(SESSIONS)
        assert asked.status_code == 302
        again = browser.get(asked["Location"])
        assert (again.status_code, again["Location"]) == (302, SESSIONS)
        assert browser.get(SESSIONS).status_code == 200
    assert Session.objects.get().generation == 1


def test_when_the_session_is_over_the_form_is_shown_again(ada, browser):
    log_in(browser)
    with clock.shifted(timedelta(days=31)):
        asked = browser.get(SESSIONS)
        form = browser.get(asked["Location"])
    assert (asked.status_code, form.status_code) == (302, 200)
    assert form.cookies["shop_refresh"]["max-age"] == 0


def test_logging_out_ends_the_session_and_takes_the_cookies(ada, browser):
    log_in(browser)
    page = browser.get(SESSIONS)
    out = browser.post("/api/logout", {"csrfmiddlewaretoken": token_of(page)}, headers=origin(page))

    assert (out.status_code, out["Location"]) == (302, "/api/login")
    assert not Session.objects.get().is_alive
    assert browser.get(SESSIONS).status_code == 302


@pytest.mark.parametrize("path", ["/api/login", "/api/logout"])
def test_the_forms_are_guarded(ada, browser, path):
    answer = browser.post(path, {"email": "ada@example.com", "password": PASSWORD})
    assert answer.status_code == 403
    assert not Session.objects.exists()


def test_a_wrong_password_is_told_on_the_form(ada, browser):
    answer = log_in(browser, password="wrong")
    assert answer.status_code == 401
    assert "The address or the password is wrong" in answer.content.decode()
    assert "wrong" not in re.findall(r'value="([^"]*)"', answer.content.decode())


def test_a_lock_is_told_on_the_form(ada, browser):
    with rate_limits(login_account=1):
        log_in(browser, password="wrong")
        answer = log_in(browser)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/api/",
        "/\\evil.example",
        "/admin/",
        "javascript:alert(1)",
        "/api/login",
        "",
    ],
)
def test_the_way_back_leads_to_the_api_only(ada, browser, wanted):
    assert log_in(browser, next=wanted)["Location"] == SESSIONS


@pytest.mark.parametrize("cookie", ["garbage", "a.b.c", "x" * 5000])
def test_a_cookie_that_is_no_token_leads_to_the_form(browser, cookie):
    browser.cookies["shop_access"] = cookie
    assert browser.get(SESSIONS).status_code == 302
    assert browser.get(SESSIONS, headers={"Accept": "application/json"}).status_code == 401


def test_a_header_wins_over_the_cookie(ada, browser):
    log_in(browser)
    assert browser.get(SESSIONS, headers={"Authorization": "Bearer x", "Accept": "*/*"}).status_code == 401


def test_odd_forms_are_no_trouble(ada, browser):
    for fields in ({"email": "\0", "password": "\0"}, {"email": "x" * 100_000}, {"password": "p" * 100_000}):
        assert log_in(browser, **fields).status_code == 401
