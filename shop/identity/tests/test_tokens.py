"""Access tokens: signed by the first of our keys, verified by every published one, refused when anything is odd."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client, override_settings

from shop import clock
from shop.identity.keys import public_jwk, public_keys, signing_keys
from shop.identity.tokens import issue_access_token, read_access_token
from shop.ids import uuid7
from shop.principal import Principal
from shop.testing.tokens import bearer

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.urls("shop.http.tests.sample")]
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def get(token: str, path: str = "/api/v1/customers"):
    return Client().get(path, headers={"Authorization": token})


def claims(**changes):
    at = int(clock.now().timestamp())
    found = {
        "iss": settings.SHOP_TOKEN_ISSUER,
        "aud": "shop",
        "sub": str(uuid7()),
        "kind": "customer",
        "scopes": [],
        "sid": str(uuid7()),
        "jti": str(uuid7()),
        "iat": at,
        "exp": at + 60,
    } | changes
    return {name: value for name, value in found.items() if value is not None}


def signed(key=None, *, alg="EdDSA", kid=None, **changes):
    named = {"kid": kid or our_public_jwk()["kid"]}
    return "Bearer " + jwt.encode(claims(**changes), key or our_key(), alg, headers=named)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hs256_by(secret: bytes) -> str:
    """PyJWT itself refuses to sign with a public key, so by hand."""
    kid = our_public_jwk()["kid"]
    head = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{part(claims())}"
    return f"Bearer {head}.{part(hmac.digest(secret, head.encode(), hashlib.sha256))}"


def our_key() -> Ed25519PrivateKey:
    return signing_keys(settings.SHOP_TOKEN_KEYS)[0].private


def our_public_jwk() -> dict[str, str]:
    return public_jwk(our_key().public_key())


def test_a_token_says_who_it_is_and_for_how_long():
    person, session = Principal("staff", str(uuid7()), frozenset({"catalog:write", "orders:read"})), uuid7()

    token = issue_access_token(person, session)

    found = read_access_token(token)
    assert (found.principal, found.session_id) == (person, session)
    assert timedelta(minutes=4, seconds=58) < found.expires_at - clock.now() <= timedelta(minutes=5)
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "JWT", "kid": our_public_jwk()["kid"]}
    payload = jwt.decode(token, options={"verify_signature": False})
    assert sorted(payload) == ["aud", "exp", "iat", "iss", "jti", "kind", "scopes", "sid", "sub"]
    assert (payload["iss"], payload["aud"]) == (settings.SHOP_PUBLIC_URL, "shop")


def test_any_library_verifies_it_with_the_published_keys():
    jwks = jwt.PyJWKSet.from_dict({"keys": [our_public_jwk()]})
    token = bearer().removeprefix("Bearer ")
    key = jwks[jwt.get_unverified_header(token)["kid"]]

    assert jwt.decode(token, key, ["EdDSA"], audience="shop", issuer=settings.SHOP_TOKEN_ISSUER)["kind"] == "customer"


def test_a_key_is_named_by_its_thumbprint():
    """The example of RFC 8037, appendix A.3."""
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "a"}
    assert public_jwk(public_keys({"keys": [key]})["a"])["kid"] == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_customer_and_staff_pass_by_what_their_token_says():
    assert get(bearer()).status_code == 200
    assert get(bearer("staff")).status_code == 200
    assert get(bearer(), "/api/v1/stock").status_code == 403
    assert get(bearer("staff", scopes=["orders:read"]), "/api/v1/stock").status_code == 403
    assert get(bearer("staff", scopes=["stock:write"]), "/api/v1/stock").status_code == 200


def test_keys_are_rotated_and_nobody_is_logged_out():
    with override_settings(SHOP_TOKEN_KEYS=(OLD,)):
        token = bearer()
    with override_settings(SHOP_TOKEN_KEYS=(OLD, NEW)):  # the new one is published, and signs nothing yet
        assert get(token).status_code == 200
    with override_settings(SHOP_TOKEN_KEYS=(NEW, OLD)):
        assert get(token).status_code == 200
        assert get(bearer()).status_code == 200
        assert bearer().partition(".")[0] != token.partition(".")[0]
    with override_settings(SHOP_TOKEN_KEYS=(NEW,)):
        assert get(token).status_code == 401


ODD = {
    "signed by a stranger": lambda: signed(Ed25519PrivateKey.generate()),
    "of a key that nobody published": lambda: signed(kid="nobody"),
    "without a kid": lambda: (
        "Bearer " + jwt.encode(claims(), signing_keys(settings.SHOP_TOKEN_KEYS)[0].private, "EdDSA")
    ),
    "of another algorithm": lambda: signed(ec.generate_private_key(ec.SECP256R1()), alg="ES256"),
    "alg none": lambda: f"Bearer {part({'alg': 'none', 'kid': our_public_jwk()['kid']})}.{part(claims())}.",
    "alg None": lambda: f"Bearer {part({'alg': 'None'})}.{part(claims())}.",
    "no alg": lambda: f"Bearer {part({'typ': 'JWT'})}.{part(claims())}.",
    "no signature": lambda: signed().rpartition(".")[0] + ".",
    "HS256 by the public key": lambda: hs256_by(our_key().public_key().public_bytes_raw()),
    "HS256 by the public key as text": lambda: hs256_by(our_public_jwk()["x"].encode()),
    "HS256 by the secret key": lambda: hs256_by(settings.SECRET_KEY.encode()),
    "expired": lambda: signed(exp=int(clock.now().timestamp())),
    "without an end": lambda: signed(exp=None),
    "an end that is none": lambda: signed(exp="tomorrow"),
    "for others": lambda: signed(aud="bank"),
    "for nobody": lambda: signed(aud=None),
    "from others": lambda: signed(iss="https://evil.example"),
    "from nobody": lambda: signed(iss=None),
    "not yet valid": lambda: signed(nbf=int(clock.now().timestamp()) + 60),
    "no subject": lambda: signed(sub=None),
    "a subject that is no id": lambda: signed(sub="admin"),
    "a kind that is none": lambda: signed(kind="service"),
    "no kind": lambda: signed(kind=None),
    "scopes that are a text": lambda: signed(scopes="catalog:write"),
    "no session": lambda: signed(sid=None),
    "a session that is no id": lambda: signed(sid={"$gt": ""}),
    "a claim changed": lambda: ".".join([signed().split(".")[0], part(claims(kind="staff")), signed().split(".")[2]]),
    "one letter changed": lambda: signed()[:-8] + ("AAAA" if signed()[-8:-4] != "AAAA" else "BBBB") + signed()[-4:],
    "a list for a payload": lambda: f"Bearer {part({'alg': 'EdDSA'})}.{part([])}.{part(b'x' * 64)}",
    "a list for a header": lambda: f"Bearer {part([])}.{part(claims())}.{part(b'x' * 64)}",
    "a header that asks for more": lambda: (
        "Bearer "
        + jwt.encode(
            claims(),
            signing_keys(settings.SHOP_TOKEN_KEYS)[0].private,
            "EdDSA",
            headers={"kid": our_public_jwk()["kid"], "crit": ["exp"]},
        )
    ),
    "oversize": lambda: signed(jti="x" * 5000),
    "garbage": lambda: "Bearer eyJ.eyJ.eyJ",
    "dots": lambda: "Bearer ....",
    "a kid that is a list": lambda: f"Bearer {part({'alg': 'EdDSA', 'kid': ['a']})}.{part(claims())}.{part(b'x' * 64)}",
}


@pytest.mark.parametrize("made", ODD.values(), ids=ODD.keys())
def test_an_odd_token_is_401_with_a_challenge(made):
    answer = get(made())

    assert answer.status_code == 401, answer.content
    assert answer["WWW-Authenticate"].startswith("Bearer ")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_authenticated"


def test_a_token_expires_after_five_minutes():
    token = bearer()

    with clock.shifted(timedelta(minutes=4, seconds=59)):
        assert get(token).status_code == 200
    with clock.shifted(timedelta(minutes=5)):
        answer = get(token)
    assert (answer.status_code, answer.json()["detail"]) == (401, "The token has expired.")
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@pytest.mark.parametrize("seconds", [-90, 90])
def test_a_context_elsewhere_whose_clock_is_90_seconds_off_takes_tokens_for_all_their_life(settings, seconds):
    token = bearer()
    settings.SHOP_CONTEXTS = ("orders",)

    for age in (timedelta(0), timedelta(minutes=4, seconds=59)):
        with clock.shifted(age + timedelta(seconds=seconds)):
            assert get(token).status_code == 200
    with clock.shifted(timedelta(minutes=5) + clock.SKEW):
        assert get(token).status_code == 401


def test_nothing_secret_shows():
    keys = signing_keys((OLD,))
    assert "private" not in repr(keys)
    assert base64.b64encode(OLD).decode() not in json.dumps(public_jwk(keys[0].private.public_key()))
