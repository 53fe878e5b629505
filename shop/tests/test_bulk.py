"""Many new rows are there all or none, in a transaction or without one."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connections
from django.test.utils import CaptureQueriesContext

from shop.db import transact
from shop.db.bulk import insert, new
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")


def rows(*names: str) -> list[Counter]:
    return [new(Counter, id=name) for name in names]


def there() -> list[tuple[str, int, int]]:
    return sorted(Counter.objects.values_list("id", "value", "limit"))


def test_rows_have_what_they_were_given_and_the_defaults():
    insert(Counter, [new(Counter, id="a", value=3), new(Counter, id="b", limit=4)])
    insert(Counter, [])
    assert there() == [("a", 3, 1000), ("b", 0, 4)]


def test_one_row_is_one_statement():
    with CaptureQueriesContext(connections["sample"]) as asked:
        insert(Counter, rows("a"))
    assert (len(asked), len(there())) == (1, 1)


@pytest.mark.parametrize("names", ["a", "bab", "bb"])
def test_of_rows_of_which_one_is_refused_none_is_there_and_the_connection_goes_on(names):
    insert(Counter, rows("a"))
    with pytest.raises(IntegrityError):
        insert(Counter, rows(*names))
    assert there() == [("a", 0, 1000)]


def test_in_a_transaction_they_are_there_when_it_is_committed():
    def refused():
        insert(Counter, rows("a", "b"))
        insert(Counter, rows("c", "a"))

    with pytest.raises(IntegrityError):
        transact("sample", refused)
    assert there() == []
    transact("sample", lambda: insert(Counter, rows("a", "b")))
    assert [name for name, *_ in there()] == ["a", "b"]
