"""Nothing that a client sends is a 500, and every error is a problem document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.urls("shop.http.tests.sample")
DEEP_LIMIT = 32


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def send(client: Client, body: bytes | str, content_type: str = "application/json", path: str = "/api/v1/echo"):
    return client.generic("POST", path, body, content_type=content_type)


def is_problem(response, status: int, code: str) -> Any:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "private, no-store"
    body = json.loads(response.content)
    assert body["code"] == code
    assert body["status"] == status
    assert body["request_id"] == response["X-Request-Id"]
    assert body["type"].startswith("https://shop.example/problems/")
    return body


def test_a_domain_error_becomes_the_document_of_the_api(client):
    response = client.get("/api/v1/broken/domain", headers={"X-Request-Id": "r-1"})

    assert is_problem(response, 409, "sample.sold_out") == {
        "type": "https://shop.example/problems/sold-out",
        "title": "Sold out",
        "status": 409,
        "detail": "Only 2 left.",
        "instance": "/api/v1/broken/domain",
        "code": "sample.sold_out",
        "request_id": "r-1",
        "errors": [{"pointer": "/lines/0/quantity", "code": "too_many", "detail": "At most 2."}],
        "params": {"left": 2},
    }


def test_what_is_absent_is_404(client):
    is_problem(client.get("/api/v1/broken/absent"), 404, "not_found")
    is_problem(client.get("/api/v1/nowhere"), 404, "not_found")
    is_problem(client.get("/elsewhere"), 404, "not_found")


def test_a_part_that_is_down_is_503_with_retry_after(client, caplog):
    response = client.get("/api/v1/broken/unavailable")

    is_problem(response, 503, "unavailable")
    assert response["Retry-After"] == "3"
    assert b"refused" not in response.content


def test_a_bug_is_logged_and_told_without_detail(client, caplog):
    response = client.get("/api/v1/broken/bug")

    is_problem(response, 500, "server_error")
    assert b"secret reason" not in response.content
    assert "the secret reason" in caplog.text


def test_text_that_no_encoding_can_carry_still_leaves_as_json(client):
    assert is_problem(client.get("/api/v1/broken/surrogate"), 409, "sample.sold_out")["detail"] == "bad ? text"


MALFORMED = {
    "broken": '{"a": ',
    "trailing": "{} {}",
    "single quotes": "{'a': 1}",
    "duplicate names": '{"a": 1, "a": 2}',
    "duplicate names below": '{"x": [{"a": 1, "a": 2}]}',
    "NaN": '{"a": NaN}',
    "Infinity": '{"a": -Infinity}',
    "too large a float": '{"a": 1e999}',
    "too large a number": '{"a": 9223372036854775808}',
    "thousands of digits": '{"a": ' + "9" * 5000 + "}",
    "33 levels": "[" * (DEEP_LIMIT + 1) + "]" * (DEEP_LIMIT + 1),
    "100,000 levels": "[" * 100_000,
    "objects 33 levels": '{"a":' * (DEEP_LIMIT + 1) + "1" + "}" * (DEEP_LIMIT + 1),
    "lone surrogate": '{"a": "\\ud800"}',
    "lone surrogate as a name": '{"\\udfff": 1}',
    "NUL": '{"a": "x\\u0000"}',
    "NUL as a name": '{"\\u0000": 1}',
    "bad UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_has_not_exactly_one_meaning_is_400(client, body):
    is_problem(send(client, body), 400, "malformed")


def test_a_body_with_one_meaning_is_taken(client):
    body = '{"a": ["\\ud83d\\ude00", 9223372036854775807, 1.5, null, true], "ä": {}}'

    response = send(client, body, "application/json; charset=utf-8")

    assert response.json() == {"got": {"a": ["😀", 9223372036854775807, 1.5, None, True], "ä": {}}}
    assert send(client, "[" * DEEP_LIMIT + "]" * DEEP_LIMIT).status_code == 201
    assert send(client, "").json() == {"got": {}}


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "nonsense"])
def test_another_kind_of_body_is_415(client, kind):
    is_problem(send(client, "{}", kind), 415, "unsupported_media_type")


@pytest.mark.parametrize("path", ["/api/v1/echo", "/api/v1/echo/"])
def test_a_body_that_is_too_large_is_413(client, path):
    is_problem(send(client, b'"' + b"x" * 262_144 + b'"', path=path), 413, "body_too_large")
    is_problem(send(client, b'"' + b"x" * 9_000_000 + b'"', path=path), 413, "body_too_large")
    assert send(client, b'"' + b"x" * 262_142 + b'"', path=path).status_code == 201


def test_a_wrong_method_is_405_and_says_what_is_allowed(client):
    response = client.put("/api/v1/echo")

    is_problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_an_answer_that_nobody_can_give_is_406(client):
    is_problem(client.get("/api/v1/echo", headers={"Accept": "image/png"}), 406, "not_acceptable")
    is_problem(client.get("/api/v1/pages/mug", headers={"Accept": "image/png"}), 406, "not_acceptable")


def test_nul_in_path_or_query_is_400(client):
    is_problem(client.get("/api/v1/broken/%00"), 400, "malformed")
    is_problem(client.get("/api/v1/echo?x=%00"), 400, "malformed")


def test_bad_utf8_in_path_and_query_is_no_500(client):
    assert client.get("/api/v1/broken-%FF").status_code == 404
    assert client.get("/api/v1/echo?x=%FF").status_code == 200


def test_field_errors_are_json_pointers(client):
    body = {"cart_id": "x", "lines": [{"sku": "A", "quantity": 1}, {"sku": "A", "quantity": 0, "a/b~c": 1}], "more": 1}

    problem = is_problem(client.post("/api/v1/checked", body, "application/json"), 422, "invalid")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {("/more", "unknown_field")}

    del body["more"]
    problem = is_problem(client.post("/api/v1/checked", body, "application/json"), 422, "invalid")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("/cart_id", "invalid"),
        ("/lines/1/a~1b~0c", "unknown_field"),
    }

    body["lines"] = [{"sku": "A"}, {"sku": "", "quantity": "many"}]
    problem = is_problem(client.post("/api/v1/checked", body, "application/json"), 422, "invalid")
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("/cart_id", "invalid"),
        ("/lines/0/quantity", "required"),
        ("/lines/1/sku", "blank"),
        ("/lines/1/quantity", "invalid"),
    }


OTHER_SHAPES = ["[]", '"x"', "1", "null", "true", '{"lines": {}}', '{"lines": [1]}', '{"lines": null}']


@pytest.mark.parametrize("body", OTHER_SHAPES)
def test_a_body_of_another_shape_is_422(client, body):
    is_problem(send(client, body, path="/api/v1/checked"), 422, "invalid")


@pytest.mark.parametrize(
    "price",
    [1, "1", [], {}, {"amount": 1}, {"amount": 1.5, "currency": "EUR"}, {"amount": True, "currency": "EUR"},
     {"amount": "1", "currency": "EUR"}, {"amount": 1, "currency": "XYZ"}, {"amount": 1, "currency": 1},
     {"amount": 10**16, "currency": "EUR"}, {"amount": 1, "currency": "EUR", "x": 1}],
)  # fmt: skip
def test_money_that_is_none_is_422(client, price):
    body = {"cart_id": "0192f0c1-0000-7000-8000-000000000000", "lines": [], "price": price}

    problem = is_problem(client.post("/api/v1/checked", body, "application/json"), 422, "invalid")

    assert [error["pointer"] for error in problem["errors"]] == ["/price"]


@override_settings(ALLOWED_HOSTS=["shop.example"])
def test_a_strange_host_is_no_500(client):
    response = client.get("/api/v1/echo", headers={"Host": "a b\x01", "Accept": "text/html"})

    assert response.status_code < 500


def test_a_person_in_a_browser_gets_a_page_and_a_program_below_api_a_document(client):
    people = {"Accept": "text/html,*/*;q=0.8"}
    page = client.get("/nowhere", headers=people)

    assert (page.status_code, page["Content-Type"].partition(";")[0]) == (404, "text/html")
    assert "There is nothing at this path." in page.content.decode()
    assert client.get("/nowhere")["Content-Type"] == "application/problem+json"
    assert client.get("/api/v1/nowhere", headers=people)["Content-Type"] == "application/problem+json"
