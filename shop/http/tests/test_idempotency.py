"""One key, one operation: repeats, twins, crashes, refusals."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from shop import clock, faults
from shop.errors import Unavailable
from shop.http import idempotency
from shop.http.tests.sample import Bought, BoughtLive, SoldOut
from shop.models import IdempotencyKey

pytestmark = [pytest.mark.urls("shop.http.tests.sample"), pytest.mark.usefixtures("database")]
BODY = {"cart_id": "c1", "lines": [1, 2], "note": "ü"}


@pytest.fixture(autouse=True)
def clean():
    for log in (Bought.script, Bought.seen, Bought.secrets):
        log.clear()


def buy(body: object = BODY, key: str | None = "k1", path: str = "/api/v1/bought", **headers: str):
    if key is not None:
        headers["Idempotency-Key"] = key
    return Client(raise_request_exception=False).post(path, body, "application/json", headers=headers)


def row() -> IdempotencyKey:
    return IdempotencyKey.objects.using("orders").get()


def test_a_repeat_gets_the_stored_answer():
    first, second = buy(), buy()

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first["Location"] == second["Location"] == "/api/v1/orders/1"
    assert second["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Bought.seen == [row().operation_id]


def test_the_order_of_names_in_the_body_does_not_matter():
    buy()

    again = buy('{"note":"\\u00fc",  "lines":[1,2],"cart_id":"c1"}')

    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("other", [BODY | {"note": "x"}, BODY | {"more": 1}, BODY | {"lines": [2, 1]}])
def test_another_body_with_the_key_is_422(other):
    buy()

    response = buy(other)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency.key_reused")
    assert len(Bought.seen) == 1


def test_another_path_with_the_key_is_422():
    buy()

    assert buy(path="/api/v1/bought-live").status_code == 422


def test_keys_belong_to_their_caller():
    assert buy().json() == {"number": 1}
    assert buy(BODY | {"cart_id": "c2"}).json() == {"number": 2}
    assert buy(key="k2").json() == {"number": 3}


def test_where_it_is_required_a_missing_key_is_400():
    response = buy(key=None)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency.key_required")
    assert Bought.seen == []


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "schlüssel", "a\x7f"])
def test_a_malformed_key_is_400(key):
    response = buy(key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency.key_invalid")


def test_a_key_may_be_255_characters_long():
    assert buy(key="~" * 255).status_code == 201


def test_where_it_is_optional_each_request_without_is_its_own():
    def once(key=None):
        return buy({}, key, "/api/v1/optional").json()["operation_id"]

    assert once() != once()
    assert once("k") == once("k")


def test_while_the_first_runs_a_twin_is_told_to_wait():
    entered, go_on = Event(), Event()

    def slow():
        entered.set()
        assert go_on.wait(5)
        return {"number": 1}

    Bought.script[:] = [slow]
    answers = []

    def first():
        answers.append(buy())
        connections.close_all()

    thread = Thread(target=first)
    thread.start()
    assert entered.wait(5)
    twin = buy()
    other = buy(BODY | {"note": "other"})
    go_on.set()
    thread.join()

    assert (twin.status_code, twin.json()["code"], twin["Retry-After"]) == (409, "idempotency.in_progress", "1")
    assert other.json()["code"] == "idempotency.key_reused"
    assert answers[0].status_code == 201
    assert buy()["Idempotent-Replayed"] == "true"
    assert len(Bought.seen) == 1


def test_of_many_at_once_one_works_and_all_end_with_its_answer():
    together, answers = Barrier(8), []

    def post():
        together.wait()
        for _ in range(100):
            response = buy()
            if response.status_code != 409:
                break
        answers.append((response.status_code, response.content))
        connections.close_all()

    threads = [Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [(201, b'{"number":1}')] * 8
    assert len(Bought.seen) == 1


def test_a_refusal_of_the_work_is_an_answer_and_stored():
    Bought.script[:] = [SoldOut("Only 2 left.", left=2)]

    first, second = buy(), buy()

    assert first.status_code == second.status_code == 409
    assert first.content == second.content
    assert second["Content-Type"] == "application/problem+json"
    assert second["Idempotent-Replayed"] == "true"
    assert len(Bought.seen) == 1


@pytest.mark.parametrize("failure", [Unavailable("down"), RuntimeError("bug"), 500, 503, 429, 401], ids=repr)
def test_try_again_is_never_stored_and_the_repeat_runs_with_the_same_operation(failure):
    Bought.script[:] = [failure]

    assert buy().status_code in (401, 429, 500, 503)
    again = buy()

    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again
    assert len(Bought.seen) == 2
    assert len(set(Bought.seen)) == 1


def test_of_one_that_runs_the_status_tells_whether_somebody_was_answered():
    def again():
        assert (row().state, row().status) == ("running", 0)
        return {"number": 1}

    Bought.script[:] = [503, again]
    buy()
    assert (row().state, row().status) == ("running", 503)

    buy()
    assert (row().state, row().status) == ("done", 201)


class Crash(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("point", ["idempotency.claimed", "idempotency.done"])
def test_after_a_crash_the_repeat_finishes_the_same_operation(point, tmp_path: Path, monkeypatch):
    def crash():
        raise Crash

    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))
    monkeypatch.setattr(faults, "crash", crash)
    (tmp_path / point).touch()
    with pytest.raises(Crash):
        buy()
    operation_id = row().operation_id

    if point == "idempotency.claimed":
        assert buy().json()["code"] == "idempotency.in_progress"
    with clock.shifted(timedelta(seconds=3)):
        assert buy().status_code == 201

    assert set(Bought.seen) == {operation_id}
    assert len(Bought.seen) == 1
    assert row().operation_id == operation_id


def test_a_crash_in_the_middle_of_the_work_is_taken_over_once():
    Bought.script[:] = [Crash()]
    with pytest.raises(Crash):
        buy()

    with clock.shifted(timedelta(seconds=3)):
        assert [buy().status_code, buy().status_code] == [201, 201]

    assert len(Bought.seen) == 2
    assert len(set(Bought.seen)) == 1


def test_who_lost_his_lease_does_not_overwrite_the_answer():
    def outlived():
        with clock.shifted(timedelta(seconds=3)):
            assert buy().json() == {"number": 2}
        return {"number": "late"}

    Bought.script[:] = [outlived]

    assert buy().json() == {"number": "late"}
    assert buy().json() == {"number": 2}
    assert len(set(Bought.seen)) == 1


def test_after_24_hours_a_key_is_new():
    buy()

    with clock.shifted(timedelta(hours=23, minutes=59)):
        assert buy()["Idempotent-Replayed"] == "true"
    with clock.shifted(timedelta(hours=24)):
        assert buy(BODY | {"note": "new"}).json() == {"number": 2}
        assert buy(BODY | {"note": "new"})["Idempotent-Replayed"] == "true"

    assert len(set(Bought.seen)) == 2


def test_what_is_live_is_never_stored():
    BoughtLive.secrets[:] = ["s1", "s2"]

    first, second = buy(path="/api/v1/bought-live"), buy(path="/api/v1/bought-live")

    assert first.json() == {"number": 1, "client_secret": "s1"}
    assert second.json() == {"number": 1, "client_secret": "s2"}
    assert second["Idempotent-Replayed"] == "true"
    assert row().body == '{"number":1}'


def test_a_body_that_is_no_object_is_422():
    assert buy([1]).status_code == 422
    assert buy('{"cart_id": {"x": 1}}').status_code == 201


def test_of_two_who_see_a_lapsed_lease_one_takes_over_and_one_waits(monkeypatch):
    Bought.script[:] = [Crash()]
    with pytest.raises(Crash):
        buy()
    take = idempotency._take
    seen: list[Any] = []

    def two_saw_it(*args: Any, **kwargs: Any):
        seen.append((args, kwargs))
        return take(*args, **kwargs)

    def meanwhile():
        [(args, kwargs)] = seen
        with pytest.raises(idempotency.InProgress):
            take(*args, **kwargs)  # the other one, who saw the same row, comes a moment later
        return {"number": 1}

    monkeypatch.setattr(idempotency, "_take", two_saw_it)
    Bought.script[:] = [meanwhile]
    with clock.shifted(timedelta(seconds=3)):
        assert buy().status_code == 201

    assert len(Bought.seen) == 2
