"""Signed calls of other units: whoever holds no key of theirs, or changes a byte, is not believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop import clock
from shop.call import remaining, scope
from shop.ports import serve, signing
from shop.ports.signing import sign, verify

pytestmark = pytest.mark.usefixtures("database")
PATH = "/internal/sample.v1/get_count"
BODY = b'{"name":"a"}'


@pytest.fixture
def signed(settings):
    settings.SHOP_UNIT = "front"
    settings.SHOP_CALL_KEYS = {"front": ["new key", "old key"]}
    with scope(5, trace_id="t"):
        return sign("sample", PATH, BODY)


def ask(headers, context="sample", port="get_count", body=BODY):
    return serve(context, port, headers, body)[0]


def signed_by(key, headers, **changes):
    """The same headers but these, with the signature of whoever holds the key."""
    values = {name: headers[f"X-Shop-{name}"] for name in signing._SIGNED} | changes
    told = {f"X-Shop-{name}": value for name, value in values.items()}
    return {**told, "X-Shop-Signature": signing._mac(key, PATH, BODY, values)}


def test_a_signed_call_is_believed(signed):
    assert (ask(signed), ask(signed, context="sample.v1")) == (200, 200)


@pytest.mark.parametrize(
    "change",
    [
        {"X-Shop-Caller": "back"},
        {"X-Shop-Time": "1"},
        {"X-Shop-Trace": "u"},
        {"X-Shop-Request": "u"},
        {"X-Shop-Principal": "e30="},
        {"X-Shop-Remaining-Ms": "999999"},
        {"X-Shop-Signature": "0" * 64},
        {"X-Shop-Signature": "é"},
        {"X-Shop-Signature": ""},
    ],
)
def test_a_changed_header_is_not_believed(signed, change):
    assert ask({**signed, **change}) == 401


def test_a_changed_body_path_or_no_signature_is_not_believed(signed):
    assert ask(signed, body=b'{"name":"b"}') == 401
    assert ask(signed, port="add") == 401
    assert ask({}) == 401


def test_a_call_of_another_time_is_not_believed(signed):
    with clock.shifted(clock.SKEW + timedelta(seconds=2)):
        assert ask(signed) == 401
    with clock.shifted(-clock.SKEW - timedelta(seconds=2)):
        assert ask(signed) == 401


@pytest.mark.parametrize("seconds", [-90, 90])
def test_a_call_of_a_unit_whose_clock_is_90_seconds_off_is_believed(signed, seconds):
    with clock.shifted(timedelta(seconds=seconds)):
        assert ask(signed) == 200


def test_keys_rotate_and_may_belong_to_a_pair(signed, settings):
    settings.SHOP_CALL_KEYS = {"front": ["newer key", "new key"]}
    assert ask(signed) == 200
    settings.SHOP_CALL_KEYS = {"front": ["new key"], "front>sample": ["its own"]}
    assert ask(signed) == 401
    assert ask(sign("sample", PATH, BODY)) == 200
    settings.SHOP_CALL_KEYS = {}
    assert ask(signed) == 401
    with pytest.raises(RuntimeError, match="SHOP_CALL_KEYS has no key for calls of front to sample"):
        sign("sample", PATH, BODY)


def test_the_key_of_a_pair_is_good_for_calls_in_its_direction_only(signed, settings):
    settings.SHOP_CALL_KEYS = {"sample>mirror": ["key of the pair"]}
    forged = signed_by("key of the pair", signed, Caller="sample>mirror")
    assert ask(forged) == 401, "mirror holds the key too, to be asked with it, and asks with it"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Time", ""),
        ("Time", "soon"),
        ("Time", "9" * 5000),
        ("Remaining-Ms", "long"),
        ("Principal", "no base64"),
        ("Principal", "e30="),
        ("Principal", "eyJraW5kIjoicm9ib3QifQ=="),  # a robot
    ],
)
def test_what_was_signed_and_means_nothing_is_not_believed(signed, name, value):
    assert ask(signed_by("new key", signed, **{name: value})) == 401


def test_only_what_is_here_is_served(signed, settings):
    assert ask(signed, port="nothing") == 404
    assert ask(signed, context="sample.v2") == 404
    assert ask(signed, context="moon") == 404
    settings.SHOP_CONTEXTS = ("mirror",)
    assert ask(signed) == 404


def test_who_asks_a_third_unit_in_vain_says_so_before_its_own_caller_gives_up(signed):
    """Else the caller would take it for dead too."""
    with scope(3.0):
        headers = sign("sample", PATH, BODY)
    given = verify("sample", PATH, headers, BODY)
    assert given is not None
    with given:
        left = remaining()
    assert left is not None
    assert 2.5 < left <= 2.75
