"""Bearer tokens: only the ones that we signed for this purpose open anything."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from django.conf import settings
from django.test import Client, override_settings

from shop import clock
from shop.http.authentication import _order_key, issue_order_token

pytestmark = pytest.mark.urls("shop.http.tests.sample")
ORDER = UUID("0192f0c1-0000-7000-8000-000000000001")
LATER = int((datetime.now(UTC) + timedelta(days=1)).timestamp())
CLAIMS = {"sub": f"order:{ORDER}", "aud": "orders", "exp": LATER}


def signed(claims) -> str:
    return jwt.encode(claims, _order_key(settings.SECRET_KEY), "HS256")


def ours(**claims) -> str:
    return signed(CLAIMS | claims)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def get(client: Client, authorization: str | None, path: str = "/api/v1/mine"):
    return client.get(path, headers={"Authorization": authorization} if authorization is not None else {})


def test_the_token_of_an_order_opens_that_order(client: Client):
    response = get(client, f"Bearer {issue_order_token(ORDER)}")

    assert response.json() == {"subject": f"order:{ORDER}"}
    assert get(client, f"bearer {ours()}").status_code == 200


def test_the_token_of_an_order_is_the_same_since_the_same_moment():
    at = clock.now()
    assert issue_order_token(ORDER, since=at) == issue_order_token(ORDER, since=at)
    assert issue_order_token(ORDER, since=at) != issue_order_token(UUID(int=ORDER.int + 1), since=at)


def test_the_token_of_an_order_opens_it_for_so_many_hours_and_no_longer(client: Client, settings):
    settings.ORDER_TOKEN_HOURS = 24
    token = issue_order_token(ORDER)

    with clock.shifted(timedelta(hours=23, minutes=59)):
        assert get(client, f"Bearer {token}").status_code == 200
    with clock.shifted(timedelta(hours=24)):
        late = get(client, f"Bearer {token}")
        fresh = get(client, f"Bearer {issue_order_token(ORDER)}")
    assert (late.status_code, late.json()["code"]) == (401, "not_authenticated")
    assert late.json()["detail"] == "The token has expired."
    assert fresh.status_code == 200


def test_the_principal_is_in_the_ambient_call(client: Client):
    assert get(client, f"Bearer {ours()}", "/api/v1/echo").json()["principal"] == f"order:{ORDER}"


REFUSED = {
    "no scheme": "x",
    "another scheme": "Basic dXNlcjpwYXNz",
    "empty": "Bearer ",
    "garbled": "Bearer a.b.c",
    "not ascii": "Bearer äöü",
    "two words": "Bearer a b",
    "huge": "Bearer " + "a" * 5000,
    "foreign": "Bearer " + jwt.encode(CLAIMS, "f" * 64, "HS256"),
    "the secret itself": "Bearer " + jwt.encode(CLAIMS, settings.SECRET_KEY, "HS256"),
    "no algorithm": f"Bearer {part({'alg': 'none', 'typ': 'JWT'})}.{part(CLAIMS)}.",
    "no signature": f"Bearer {part({'alg': 'HS256', 'typ': 'JWT'})}.{part(CLAIMS)}.",
    "another hash": "Bearer " + jwt.encode(CLAIMS, _order_key(settings.SECRET_KEY), "HS384"),
    "expired": "Bearer " + ours(exp=datetime.now(UTC) - timedelta(seconds=1)),
    "other audience": "Bearer " + ours(aud="accounts"),
    "endless": "Bearer "
    + jwt.encode({"sub": f"order:{ORDER}", "aud": "orders"}, _order_key(settings.SECRET_KEY), "HS256"),
    "an end that is no time": "Bearer " + ours(exp="never"),
    "no subject": "Bearer " + signed({"aud": "orders", "exp": LATER}),
    "other subject": "Bearer " + ours(sub=f"user:{ORDER}"),
    "no id": "Bearer " + ours(sub="order:1"),
}


@pytest.mark.parametrize("header", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("path", ["/api/v1/mine", "/api/v1/echo"])
def test_a_token_that_cannot_be_trusted_is_401_everywhere(client: Client, header, path):
    response = get(client, header, path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="shop", error="invalid_token"'
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("path", ["/api/v1/mine", "/api/v1/customers", "/api/v1/stock"])
def test_a_stranger_is_asked_who_he_is(client: Client, path):
    response = get(client, None, path)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/api/v1/customers", "/api/v1/stock"])
def test_a_guest_may_not_do_what_others_may(client: Client, path):
    response = get(client, f"Bearer {ours()}", path)

    assert response.status_code == 403
    assert response.json()["code"] == "forbidden"


def test_another_secret_key_makes_other_tokens(client: Client):
    token = issue_order_token(ORDER)

    with override_settings(SECRET_KEY="another secret key for this test only 123"):
        assert get(client, f"Bearer {token}").status_code == 401
