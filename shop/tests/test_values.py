"""Ids, clock, principal, call scope, errors, crash points: the small parts that need no database."""

from __future__ import annotations

import pickle
import re
import time
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from uuid import NAMESPACE_URL, RFC_4122, UUID

import pytest

from shop import clock, faults
from shop.call import current, remaining, scope
from shop.errors import ERRORS, DomainError, FieldError, Invalid, NotFound
from shop.ids import derived_id, derived_uuid7, public_code, time_of, unguessable_id, uuid7
from shop.principal import ANONYMOUS, Principal
from shop.tests.sample.contracts import TooMuch


def test_ids_are_sorted_by_time_even_when_the_clock_goes_back(monkeypatch):
    before = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000_000_000_000)
    ids = [before, *(uuid7() for _ in range(5000))]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5001
    assert {(one.version, one.variant) for one in ids} == {(7, "specified in RFC 4122")}


def test_an_id_tells_its_millisecond():
    assert abs((uuid7().int >> 80) - time.time_ns() // 1_000_000) < 1000


def test_an_unguessable_id_tells_its_millisecond_and_nothing_more():
    ids = [unguessable_id().int for _ in range(400)]
    free = (1 << 80) - 1 ^ (0xF << 76 | 0b11 << 62)
    assert {(UUID(int=one).version, UUID(int=one).variant) for one in ids} == {(7, "specified in RFC 4122")}
    assert all(abs((one >> 80) - time.time_ns() // 1_000_000) < 1000 for one in ids)
    ones, zeros = 0, 0
    for one in ids:
        ones, zeros = ones | one & free, zeros | ~one & free
    assert (ones, zeros, free.bit_count()) == (free, free, 74)  # each of 74 bits is seen as both


def test_a_derived_uuid7_is_always_the_same_and_of_its_moment():
    earlier, moment = uuid7(), uuid7()
    made = derived_uuid7(moment, "a")
    assert made == derived_uuid7(moment, "a") != derived_uuid7(moment, "b")
    assert (made.version, made.variant, time_of(made)) == (7, RFC_4122, time_of(moment))
    assert derived_uuid7(earlier, "a") < made


def test_a_derived_id_is_always_the_same():
    assert derived_id(NAMESPACE_URL, "a") == derived_id(NAMESPACE_URL, "a") != derived_id(NAMESPACE_URL, "b")


def test_a_public_code_has_no_letters_that_look_alike():
    codes = {public_code("SO") for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"SO-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


def test_now_is_aware_and_in_whole_milliseconds():
    assert clock.now().tzinfo is UTC
    assert clock.now().microsecond % 1000 == 0


def test_tests_may_hold_and_move_the_clock():
    at = datetime(2026, 1, 2, 3, 4, 5, 678_900, UTC)
    with clock.frozen(at):
        assert clock.now() == at.replace(microsecond=678_000)
        with clock.shifted(timedelta(hours=1)):
            assert clock.now() == at.replace(hour=4, microsecond=678_000)
    with clock.shifted(timedelta(days=1)):
        assert clock.now() > datetime.now(UTC) + timedelta(hours=23)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_principal_has_the_scopes_it_was_given():
    staff = Principal("staff", "7", frozenset({"stock:write"}))
    assert (staff.has("stock:write"), staff.has("x"), ANONYMOUS.has("x")) == (True, False, False)


def test_a_scope_can_shorten_the_deadline_never_lengthen_it():
    assert remaining() is None
    with scope(1.0):
        with scope(100):
            assert (remaining() or 99) <= 1.0
        with scope(0.5):
            assert (remaining() or 99) <= 0.5
    assert remaining() is None


def test_a_scope_keeps_its_trace_and_changes_only_what_is_said():
    with scope(trace_id="t", request_id="r"), scope(principal=Principal("service", "x")) as call:
        assert (call.trace_id, call.request_id, current().principal.subject) == ("t", "r", "x")
    with scope() as call:
        assert len(call.trace_id) == 32


def test_an_error_comes_back_from_the_wire_as_its_own_class():
    sent = TooMuch("Full.", left=2, id=UUID(int=1))
    got = DomainError.from_wire(sent.to_wire())
    assert type(got) is TooMuch
    assert (got.detail, got.params, got.status) == ("Full.", {"left": 2, "id": str(UUID(int=1))}, 409)
    assert got.params == sent.params
    assert str(got) == f"sample.too_much Full. {got.params}"


def test_field_errors_cross_too_and_pickle_works():
    got = pickle.loads(pickle.dumps(Invalid(errors=(FieldError("/a", "required", "Needed."),))))
    assert type(got) is Invalid
    assert got.errors == (FieldError("/a", "required", "Needed."),)


def test_an_unknown_code_stays_a_domain_error_with_its_status():
    got = DomainError.from_wire({**NotFound().to_wire(), "code": "future.gone", "status": 410, "title": "Gone"})
    assert (type(got), got.code, got.status, got.title) == (DomainError, "future.gone", 410, "Gone")


def test_two_errors_cannot_share_a_code():
    with pytest.raises(TypeError, match=r"Two errors have the code not_found"):

        class Other(DomainError):
            code: ClassVar[str] = "not_found"

    assert ERRORS["not_found"] is NotFound


def test_a_crash_point_is_recorded_and_fires_once(tmp_path, monkeypatch):
    crashed = []
    monkeypatch.setattr(faults, "crash", lambda: crashed.append(1))
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))
    (tmp_path / "record").touch()
    (tmp_path / "a.b").touch()
    for name in ("a.b", "c", "a.b"):
        faults.fault(name)
    assert crashed == [1]
    assert (tmp_path / "seen").read_text().split() == ["a.b", "c", "a.b"]
    monkeypatch.delenv("SHOP_FAULTS")
    faults.fault("d")
    assert "d" not in (tmp_path / "seen").read_text()
