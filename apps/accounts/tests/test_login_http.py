"""Logging in over HTTP: each answer, each error, the cookie of browsers, and devices."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.http.views import login
from apps.accounts.models import Session, User
from apps.accounts.services.issue_session import Device
from apps.accounts.testing.logins import PASSWORD, logged_in, with_password
from apps.accounts.testing.people import make_person
from shop import clock
from shop.http.authentication import issue_order_token
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.limits import rate_limits
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ADA = {"email": "ada@example.com", "password": PASSWORD}


@pytest.fixture
def ada():
    return with_password()


def log_in(**more):
    return send("POST", "/auth/token", ADA | more, user_agent=FIREFOX)


def auth(answer):
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def refresh(token, **headers):
    return send("POST", "/auth/token/refresh", {"refresh_token": token}, **headers)


def test_a_login_gives_a_pair_of_tokens(ada):
    answer = log_in()

    body = answer.json()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert (body["token_type"], body["expires_in"], body["csrf_token"]) == ("Bearer", 300, None)
    assert body["session_id"] == str(Session.objects.get().pk)
    assert not answer.cookies
    [device] = send("GET", "/me/sessions", **auth(answer)).json()["data"]
    assert (device["device"], device["user_agent"], device["client"]) == ("Firefox on Linux", FIREFOX, "127.0.0.0/24")
    assert device["current"] is True
    assert refresh(body["refresh_token"]).status_code == 200


def test_a_device_can_be_named_at_login(ada):
    log_in(device="Ada's laptop")

    assert Session.objects.get().device == "Ada's laptop"


def test_staff_get_the_scopes_of_their_roles(ada):
    User.objects.update(is_staff=True, is_superuser=True)

    assert send("POST", "/categories", {}, **auth(log_in())).status_code != 401
    assert send("GET", "/me/sessions", **auth(log_in())).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {**ADA, "password": "wrong"},
        {**ADA, "email": "nobody@example.com"},
        {**ADA, "email": "no address"},
        {**ADA, "password": "ä" * 1024},
        {**ADA, "email": "' OR 1=1 --"},
    ],
)
def test_wrong_credentials_are_401_and_all_the_same(ada, body):
    answer = send("POST", "/auth/token", body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (401, "accounts.wrong_credentials")
    assert problem["detail"] == "The address or the password is wrong, or the address is not verified yet."
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert answer["WWW-Authenticate"] == 'Bearer realm="shop"'


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": {"$gt": ""}, "password": "x"}, "/email"),
        ({"email": ["a@example.com"], "password": "x"}, "/email"),
        ({"email": "a@example.com", "password": {"$ne": 1}}, "/password"),
        ({"email": "a@example.com"}, "/password"),
        ({"email": "a" * 255, "password": "x"}, "/email"),
        ({"email": "a@example.com", "password": "x" * 1025}, "/password"),
        ({**ADA, "device": "x" * 101}, "/device"),
        ({**ADA, "device": "Laptop\nadmin's phone"}, "/device"),
        ({**ADA, "device": "Laptop\u202e"}, "/device"),
        ({**ADA, "cookie": "yes"}, "/cookie"),
        ({**ADA, "role": "admin"}, "/role"),
        ([], ""),
    ],
)
def test_a_body_of_the_wrong_shape_is_422(body, pointer):
    answer = send("POST", "/auth/token", body)

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_a_lock_is_429_with_the_time_to_wait(ada):
    with rate_limits(login_account=2):
        for _ in range(2):
            assert send("POST", "/auth/token", ADA | {"password": "wrong"}).status_code == 401
        answer = log_in()

    assert (answer.status_code, answer.json()["code"]) == (429, "accounts.locked_out")
    assert int(answer["Retry-After"]) > 0


def test_logins_of_one_address_are_limited(ada):
    with rate_limits(login=2):
        assert [log_in().status_code for _ in range(3)] == [200, 200, 429]


def test_a_token_of_the_past_does_not_keep_anybody_from_logging_in(ada):
    assert send("POST", "/auth/token", ADA, authorization="Bearer garbage").status_code == 200


def test_a_refresh_rotates_and_an_old_token_ends_the_session(ada):
    first = log_in().json()["refresh_token"]
    second = refresh(first)
    again = refresh(first)

    assert (second.status_code, again.status_code) == (200, 401)
    assert again.json()["code"] == "accounts.session_over"
    assert refresh(second.json()["refresh_token"]).status_code == 401
    assert send("GET", "/me/sessions", **auth(second)).status_code == 401


def test_a_lost_answer_is_given_again_for_the_same_idempotency_key(ada):
    first = log_in().json()["refresh_token"]
    one, other = (refresh(first, idempotency_key="k1") for _ in range(2))

    assert one.json()["refresh_token"] == other.json()["refresh_token"]
    assert refresh(one.json()["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["x", "rt_", "rt_" + "A" * 91, ""])
def test_garbage_for_a_refresh_token(token):
    assert refresh(token).status_code in (401, 422)


def test_without_a_refresh_token_there_is_nothing_to_refresh():
    answer = send("POST", "/auth/token/refresh", {})
    assert (answer.status_code, answer.json()["code"]) == (401, "accounts.session_over")


def test_logging_out_ends_this_session_in_all_contexts(ada):
    mine, other = log_in(), log_in()

    assert send("POST", "/auth/logout", **auth(mine)).status_code == 204

    for path in ("/me/sessions", "/me/cart"):
        assert send("GET", path, **auth(mine)).status_code == 401
    assert send("GET", "/me/sessions", **auth(other)).status_code == 200
    assert refresh(mine.json()["refresh_token"]).status_code == 401


def test_logging_out_with_the_refresh_token_alone(ada):
    tokens = log_in().json()

    for _ in range(2):
        assert send("POST", "/auth/logout", {"refresh_token": tokens["refresh_token"]}).status_code == 204
    assert send("POST", "/auth/logout", {"refresh_token": "garbage"}).status_code == 204
    assert refresh(tokens["refresh_token"]).status_code == 401


def test_an_older_refresh_token_logs_nobody_out(ada):
    tokens = first = log_in().json()
    for _ in range(2):
        tokens = refresh(tokens["refresh_token"]).json()

    assert send("POST", "/auth/logout", {"refresh_token": first["refresh_token"]}).status_code == 204
    assert refresh(tokens["refresh_token"]).status_code == 200


def test_logging_out_needs_some_token():
    assert send("POST", "/auth/logout").status_code == 401
    assert send("POST", "/auth/logout-everywhere").status_code == 401
    guest = f"Bearer {issue_order_token(uuid7())}"
    assert send("POST", "/auth/logout", authorization=guest).status_code == 401
    assert send("POST", "/auth/logout-everywhere", authorization=guest).status_code == 403


def test_logging_out_everywhere(ada):
    logins = [log_in() for _ in range(3)]

    assert send("POST", "/auth/logout-everywhere", **auth(logins[0])).status_code == 204

    assert [send("GET", "/me/sessions", **auth(one)).status_code for one in logins] == [401] * 3


def test_devices_are_listed_page_by_page(ada):
    for number in range(5):
        logged_in(ada, Device(f"Device {number}"))
    mine = log_in()

    first = send("GET", "/me/sessions?limit=4&include=total", **auth(mine)).json()
    second = send("GET", f"/me/sessions?limit=4&after={first['next_cursor']}", **auth(mine)).json()

    names = [one["device"] for one in first["data"] + second["data"]]
    assert names == ["Firefox on Linux", *(f"Device {number}" for number in (4, 3, 2, 1, 0))]
    assert (first["total"], first["has_more"], second["has_more"]) == (6, True, False)
    assert [one["current"] for one in first["data"]] == [True, False, False, False]


def test_a_device_is_renamed_and_ended(ada):
    mine, other = log_in(), log_in()
    path = f"/me/sessions/{other.json()['session_id']}"

    renamed = send("PATCH", path, {"device": "Old phone"}, **auth(mine))
    assert (renamed.status_code, renamed.json()["device"]) == (200, "Old phone")
    assert send("DELETE", path, **auth(mine)).status_code == 204
    assert send("DELETE", path, **auth(mine)).status_code == 404
    assert send("GET", "/me/sessions", **auth(other)).status_code == 401


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_anothers_device_does_not_exist(ada, method):
    mine, other = log_in(), logged_in(make_person("bea@example.com"))
    body = {"device": "Mine"} if method == "PATCH" else None

    absent, foreign = (
        send(method, f"/me/sessions/{key}", body, **auth(mine)).json() for key in (uuid7(), other.session.pk)
    )

    for problem in (absent, foreign):
        problem.pop("request_id")
        problem.pop("instance")
    assert absent == foreign
    assert (absent["status"], absent["code"]) == (404, "accounts.session_not_found")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"device": ""},
        {"device": " "},
        {"device": "x" * 101},
        {"device": 5},
        {"name": "x"},
        {"device": "a\rb"},
        {"device": "a\u2066b"},
    ],
)
def test_a_name_of_a_device_has_a_shape(ada, body):
    mine = log_in()
    answer = send("PATCH", f"/me/sessions/{mine.json()['session_id']}", body, **auth(mine))
    assert answer.status_code == 422


@pytest.mark.parametrize(("method", "path"), [("GET", "/me/sessions"), ("DELETE", f"/me/sessions/{uuid7()}")])
def test_devices_are_for_people_who_are_logged_in(method, path):
    assert send(method, path).status_code == 401
    assert send(method, path, authorization=f"Bearer {issue_order_token(uuid7())}").status_code == 403
    assert send(method, path, authorization=bearer("staff")).status_code in (200, 404)


# --- browsers ---------------------------------------------------------------------------------------------------------


class Browser:
    """Keeps cookies, sends JSON, and has Django's CSRF check on."""

    def __init__(self):
        self.client = Client(enforce_csrf_checks=True)
        self.csrf = ""

    def post(self, path, body=None, **headers):
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        data = json.dumps(body or {})
        return self.client.post(f"/api/v1{path}", data, content_type="application/json", **named)

    def log_in(self):
        answer = self.post("/auth/token", ADA | {"cookie": True})
        self.csrf = answer.json()["csrf_token"]
        return answer


@pytest.fixture
def browser(ada):
    return Browser()


def test_a_browser_keeps_the_refresh_token_where_scripts_cannot_read_it(browser, settings):
    settings.SESSION_COOKIE_SECURE = True
    answer = browser.log_in()

    cookie = answer.cookies["shop_refresh"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/api", True)
    assert int(cookie["max-age"]) > 29 * 86400
    assert answer.json()["refresh_token"] is None
    assert cookie.value.startswith("rt_")
    assert cookie.value not in answer.content.decode()
    assert "shop_access" not in answer.cookies


def test_the_cookie_refreshes_and_logs_out(browser):
    browser.log_in()
    first = browser.client.cookies["shop_refresh"].value

    refreshed = browser.post("/auth/token/refresh", x_csrftoken=browser.csrf)
    assert refreshed.status_code == 200
    assert browser.client.cookies["shop_refresh"].value != first
    assert refreshed.json()["refresh_token"] is None
    again = browser.post("/auth/token/refresh", x_csrftoken=refreshed.json()["csrf_token"])
    assert again.status_code == 200

    out = browser.post("/auth/logout", x_csrftoken=browser.csrf)
    assert out.status_code == 204
    assert out.cookies["shop_refresh"]["max-age"] == 0
    assert not Session.objects.get().is_alive


@pytest.mark.parametrize("path", ["/auth/token/refresh", "/auth/logout"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"x_csrftoken": "x" * 64}, {"x_csrftoken": "right", "origin": "https://evil.example"}],
    ids=["no token", "wrong token", "foreign origin"],
)
def test_another_site_cannot_use_the_cookie(browser, path, headers):
    browser.log_in()
    sent = {name: browser.csrf if value == "right" else value for name, value in headers.items()}

    answer = browser.post(path, **sent)

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert Session.objects.get().is_alive
    assert Session.objects.get().generation == 0


def test_a_token_in_the_body_needs_no_csrf_token(browser):
    token = log_in().json()["refresh_token"]
    browser.log_in()

    assert browser.post("/auth/token/refresh", {"refresh_token": token}).status_code == 200


def test_two_tabs_refresh_with_the_same_cookie(browser):
    browser.log_in()
    cookie = browser.client.cookies["shop_refresh"].value
    browser.post("/auth/token/refresh", x_csrftoken=browser.csrf)
    first = browser.client.cookies["shop_refresh"].value
    browser.client.cookies["shop_refresh"] = cookie
    assert browser.post("/auth/token/refresh", x_csrftoken=browser.csrf).status_code == 200
    assert browser.client.cookies["shop_refresh"].value == first


def test_an_expired_session_of_a_cookie_is_401(browser):
    browser.log_in()
    with clock.shifted(timedelta(days=31)):
        assert browser.post("/auth/token/refresh", x_csrftoken=browser.csrf).status_code == 401


def test_the_public_keys_are_published_and_cacheable():
    answer = Client().get("/.well-known/jwks.json")

    assert answer.status_code == 200
    assert [(key["kty"], key["alg"], key["use"]) for key in answer.json()["keys"]] == [("OKP", "EdDSA", "sig")]
    assert "d" not in answer.json()["keys"][0]
    assert answer["Cache-Control"].startswith("public, max-age=300")
    assert Client().get("/.well-known/jwks.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert Client().post("/.well-known/jwks.json").status_code == 405


def test_the_names_of_the_limits_are_those_of_the_documents():
    assert (login.LOGIN.name, login.REFRESH.name) == ("login", "refresh")
