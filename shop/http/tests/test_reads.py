"""Validators and the fast way of public reads."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from shop.http.etags import etag_at, etag_of, revision_wanted
from shop.http.tests.sample import PAGE

pytestmark = pytest.mark.urls("shop.http.tests.sample")
MUG = "/api/v1/pages/mug"
TAG = etag_of(PAGE)


def test_a_public_read_sends_its_bytes_with_validator_and_cache_headers(client: Client):
    response = client.get(MUG)

    assert response.content == PAGE
    assert response["Content-Length"] == str(len(PAGE))
    assert response["Content-Type"] == "application/json"
    assert response["ETag"] == TAG
    assert response["Cache-Control"] == "public, max-age=60, stale-while-revalidate=300"
    assert response["X-Request-Id"]


@pytest.mark.parametrize("asked", [TAG, f"W/{TAG}", f'"x", {TAG}', "*"])
def test_who_has_the_page_gets_304_without_a_body(client: Client, asked):
    response = client.get(MUG, headers={"If-None-Match": asked})

    assert response.status_code == 304
    assert response.content == b""
    assert "Content-Length" not in response
    assert response["ETag"] == TAG
    assert response["Cache-Control"].startswith("public")


@pytest.mark.parametrize("asked", ['"other"', "", "nonsense"])
def test_who_has_another_page_gets_the_new_one(client: Client, asked):
    assert client.get(MUG, headers={"If-None-Match": asked}).content == PAGE


def test_head_is_get_without_the_body(client: Client):
    response = client.head(MUG)

    assert (response.status_code, response.content, response["ETag"]) == (200, b"", TAG)


def test_a_public_read_refuses_to_write(client: Client):
    response = client.post(MUG, {}, "application/json")

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_an_absent_page_is_a_problem_document(client: Client):
    response = client.get("/api/v1/pages/cup")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", [MUG, "/api/v1/echo"])
def test_a_browser_gets_a_page_for_people(client: Client, path):
    response = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/html")
    assert b"<html" in response.content


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*", "application/json, text/plain, */*"])
def test_programs_get_json(client: Client, accept):
    response = client.get(MUG, headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_a_change_needs_the_state_that_was_read(client: Client):
    url = "/api/v1/thing"

    assert client.patch(url).status_code == 428
    assert client.patch(url, headers={"If-Match": '"r6"'}).status_code == 412
    assert client.patch(url, headers={"If-Match": 'W/"r7"'}).status_code == 412
    assert client.patch(url, headers={"If-Match": '"r6", "r7"'}).status_code == 200
    assert client.delete(url).status_code == 204
    assert client.delete(url, headers={"If-Match": '"r6"'}).status_code == 412
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 204


@pytest.mark.parametrize(
    ("asked", "revision"),
    [
        (None, None),
        ("*", None),
        ('"r7"', 7),
        ('"r6", "r7"', 7),
        ('"r7-0a1b"', 7),
        (etag_at(7, {"live": 1}), 7),
        ('"r7-"', -1),
        ('W/"r7"', -1),
        ('"r07"', -1),
        ('"x"', -1),
        ("r7", -1),
        ("", -1),
        ('"r9999999999"', -1),
    ],
)
def test_the_revision_that_a_change_was_meant_for(asked, revision):
    request = RequestFactory().patch("/", headers={} if asked is None else {"If-Match": asked})

    assert revision_wanted(request) == revision


def test_what_has_no_etag_takes_no_if_match_but_a_star(client: Client):
    url = "/api/v1/untagged"

    assert client.delete(url).status_code == 204
    assert client.delete(url, headers={"If-Match": "*"}).status_code == 204
    assert client.delete(url, headers={"If-Match": '"r1"'}).status_code == 412


def test_a_personal_answer_with_a_validator_gives_304_too(client: Client):
    first = client.get("/api/v1/tagged")

    again = client.get("/api/v1/tagged", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, first.json()) == (200, {"revision": 7})
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", "private, no-store")


@pytest.mark.parametrize("path", [MUG, "/api/v1/echo"])
def test_the_page_for_people_shows_the_answer_itself(client: Client, path):
    page = client.get(path, headers={"Accept": "text/html"}).content.decode()

    assert "binary content" not in page
    assert "&quot;" in page
