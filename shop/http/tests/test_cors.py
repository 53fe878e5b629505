"""Web apps of other origins: those on the list may call the API from a browser, nobody else, and nobody pays for it."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.urls("shop.http.tests.sample")
APP = "https://app.example.com"
PATH = "/api/v1/echo"


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.CORS_ALLOWED_ORIGINS = [APP]
    settings.MIDDLEWARE = ["shop.http.cors.Cors", *settings.MIDDLEWARE]


def preflight(origin: str, method: str = "PATCH"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "if-match"}
    return Client().options(PATH, headers=asked)


def test_an_app_on_the_list_may_call_with_its_cookies():
    answer = Client().get(PATH, headers={"Origin": APP})

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == APP
    assert answer["Access-Control-Allow-Credentials"] == "true"
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert "origin" in answer["Vary"].lower()


def test_the_preflight_names_what_may_be_sent():
    answer = preflight(APP)

    assert answer.status_code == 200
    assert "PATCH" in answer["Access-Control-Allow-Methods"]
    for name in ("authorization", "idempotency-key", "if-match", "x-csrftoken"):
        assert name in answer["Access-Control-Allow-Headers"]
    assert answer["Access-Control-Max-Age"] == "86400"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://app.example.com", f"{APP}:8443", f"{APP}.evil.example", "null", "*", "https://["],
)
def test_others_may_not(origin):
    for answer in (Client().get(PATH, headers={"Origin": origin}), preflight(origin)):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_problems_can_be_read_by_the_app_too():
    answer = Client().get("/api/v1/mine", headers={"Origin": APP})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, APP)


def test_who_names_no_origin_gets_an_answer_that_a_cache_keeps_apart():
    answer = Client().get(PATH)
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_list_there_is_no_such_middleware():
    from config import settings as product

    assert product.CORS_ALLOWED_ORIGINS == []
    assert "shop.http.cors.Cors" not in product.MIDDLEWARE
    with override_settings(MIDDLEWARE=product.MIDDLEWARE):
        assert "Access-Control-Allow-Origin" not in Client().get(PATH, headers={"Origin": APP}).headers
