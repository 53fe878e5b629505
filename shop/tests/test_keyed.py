"""One row by its key is read and changed as Django would, and what may mean several is refused."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import DataError, IntegrityError, connections
from django.db.models import F
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from shop.db import transact
from shop.db.keyed import change_one, read_one
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")


class Over(Exception):
    """Of the test."""


@pytest.fixture
def counter() -> Counter:
    Counter.objects.create(id="b", value=7)
    return Counter.objects.create(id="a", value=5, limit=10)


def test_it_is_read_with_the_columns_that_were_asked_for_and_the_others_later(counter):
    with CaptureQueriesContext(connections["sample"]) as asked:
        found = read_one(Counter, ("value",), id="a")
        assert (found.pk, found.value) == ("a", 5)
        assert len(asked) == 1
        assert found.limit == 10
    assert len(asked) == 2
    assert found == counter


def test_there_may_be_none(counter):
    assert read_one(Counter, ("value",), id="c") is None
    assert change_one(Counter, {"pk": "c"}, value=1) is False


def test_it_is_changed_if_all_is_as_it_was_seen(counter):
    with CaptureQueriesContext(connections["sample"]) as asked:
        assert change_one(Counter, {"pk": "a", "value": 5}, value=6, limit=11) is True
    assert len(asked) == 1
    assert change_one(Counter, {"pk": "a", "value": 5}, value=9) is False
    assert sorted(Counter.objects.values_list("id", "value", "limit")) == [("a", 6, 11), ("b", 7, 1000)]


def test_a_change_to_what_is_there_already_is_a_change(counter):
    assert change_one(Counter, {"pk": "a"}, value=5) is True


def test_of_many_at_once_one_changes_it(counter):
    together, done = Barrier(8), []

    def change(number: int) -> None:
        together.wait()
        done.append(change_one(Counter, {"id": "a", "value": 5}, value=100 + number))
        connections.close_all()

    threads = [Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 7 + [True]


def test_it_belongs_to_the_open_transaction(counter):
    def work() -> None:
        assert change_one(Counter, {"pk": "a"}, value=6)
        assert read_one(Counter, ("value",), pk="a").value == 6
        raise Over

    with pytest.raises(Over):
        transact("sample", work)
    assert Counter.objects.get(pk="a").value == 5


@pytest.mark.parametrize(
    ("where", "said"),
    [({"value": 5}, "None of value is unique"), ({"pk": None}, "plain value"), ({"pk": F("id")}, "plain value")],
)
def test_what_may_mean_several_rows_or_is_no_plain_value_is_refused(counter, where, said):
    with pytest.raises(ValueError, match=said):
        read_one(Counter, ("value",), **where)
    with pytest.raises(ValueError, match=said):
        change_one(Counter, where, value=1)


def test_what_the_table_does_not_take_is_djangos_own_error(counter):
    with pytest.raises((IntegrityError, DataError)):
        change_one(Counter, {"pk": "a"}, value=None)


@pytest.mark.skipif(connections["sample"].vendor != "mongodb", reason="SQLite goes on after a refused statement")
def test_after_an_error_the_transaction_can_only_be_rolled_back(counter):
    def work() -> None:
        with pytest.raises(IntegrityError):
            change_one(Counter, {"pk": "a"}, value=None)
        with pytest.raises(TransactionManagementError):
            read_one(Counter, ("value",), pk="a")
        raise Over

    with pytest.raises(Over):
        transact("sample", work)
