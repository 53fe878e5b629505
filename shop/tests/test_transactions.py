"""transact: completely or not at all, again when the engine says so, one context at a time."""

from __future__ import annotations

import functools
import time

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction

from shop.call import scope
from shop.db import forbid_transaction, in_transaction, open_alias, transact
from shop.db.transactions import is_transient
from shop.errors import CallInsideTransaction, Unavailable
from shop.models import InboxRow
from shop.testing.races import at_once
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")


class Conflict(OperationalError):
    """As PostgreSQL's driver tells a serialization failure."""

    sqlstate = "40001"


def failing(times, then, error=Conflict):
    left = [times]

    def run():
        then()
        if left[0]:
            left[0] -= 1
            raise error("again")
        return "done"

    return run


def names():
    return list(Counter.objects.order_by("pk").values_list("pk", flat=True))


def test_it_commits_what_the_function_wrote_and_answers_it():
    assert transact("sample", lambda: Counter.objects.create(id="a").pk) == "a"
    assert names() == ["a"]
    assert not in_transaction()


def test_an_error_leaves_nothing():
    with pytest.raises(ValueError, match="again"):
        transact("sample", failing(1, lambda: Counter.objects.create(id="a"), ValueError))
    assert names() == []


def test_a_conflict_is_run_again_and_only_the_last_try_counts():
    hooks: list[int] = []
    tries: list[int] = []

    def work():
        tries.append(1)
        transaction.on_commit(functools.partial(hooks.append, len(tries)), using="sample")
        Counter.objects.create(id=f"try {len(tries)}")

    assert transact("sample", failing(2, work)) == "done"
    assert (names(), hooks) == (["try 3"], [3])


def test_a_conflict_that_does_not_end_becomes_unavailable_in_time():
    begun = time.monotonic()
    with scope(0.2), pytest.raises(Unavailable, match="sample is too busy"):
        transact("sample", failing(10**6, lambda: None))
    assert 0.2 <= time.monotonic() - begun < 1.5
    with pytest.raises(Unavailable):
        transact("sample", failing(3, lambda: None), attempts=3)


def test_a_hook_that_fails_after_the_commit_never_runs_the_work_again():
    def work():
        Counter.objects.create(id=f"n{Counter.objects.count()}")
        transaction.on_commit(failing(1, lambda: None), using="sample")

    with pytest.raises(Conflict):
        transact("sample", work)
    assert names() == ["n0"]


def test_it_joins_the_open_transaction_of_its_context():
    def outer():
        transact("sample", lambda: Counter.objects.create(id="inner"))
        raise ValueError("undo")

    with pytest.raises(ValueError, match="undo"):
        transact("sample", outer)
    assert names() == []


def test_it_refuses_to_begin_inside_another_contexts_transaction():
    with pytest.raises(CallInsideTransaction, match="of mirror was asked for inside one of sample"):
        transact("sample", lambda: transact("mirror", lambda: None))


def test_an_open_transaction_is_known_however_it_was_opened():
    assert open_alias() is None
    with transaction.atomic(using="mirror"):
        assert open_alias() == "mirror"
        with pytest.raises(CallInsideTransaction, match="Stripe was called inside a transaction of mirror"):
            forbid_transaction("Stripe")
    forbid_transaction("Stripe")


class Labelled(Exception):
    """An error of MongoDB's driver."""

    def __init__(self, label):
        super().__init__(label)
        self.label = label

    def has_error_label(self, label):
        return label == self.label


def test_a_commit_whose_answer_was_lost_is_not_run_again():
    runs = []

    def write():
        runs.append(1)
        raise OperationalError("connection reset") from Labelled("UnknownTransactionCommitResult")

    with pytest.raises(Unavailable, match="Nobody knows whether sample committed"):
        transact("sample", write)
    assert runs == [1]


def test_what_each_engine_calls_transient():
    wrapped = OperationalError("write conflict")
    wrapped.__cause__ = Labelled("TransientTransactionError")
    unknown = OperationalError("connection reset")
    unknown.__cause__ = Labelled("UnknownTransactionCommitResult")
    assert is_transient(OperationalError("database is locked"))
    assert is_transient(Conflict())
    assert is_transient(wrapped)
    assert not is_transient(unknown)
    assert not is_transient(OperationalError("no such table"))
    assert not is_transient(IntegrityError("database is locked"))
    assert not is_transient(ValueError("database is locked"))


def test_many_writers_of_one_row_all_get_through():
    """Real threads on the real engine: a lost update or an unretried conflict would show in the sum."""
    transact("sample", lambda: Counter.objects.create(id="hot"))

    def add():
        for _ in range(5):

            def step():
                row = Counter.objects.get(pk="hot")
                if not Counter.objects.filter(pk="hot", value=row.value).update(value=row.value + 1):
                    raise Conflict("stale")

            transact("sample", step)

    assert at_once(*[add] * 4) == [None] * 4
    assert Counter.objects.get(pk="hot").value == 20


def test_what_a_transaction_decides_on_stays_as_it_was_seen_or_it_is_run_again():
    if connections["sample"].vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time: nobody changes what another has read")
    Counter.objects.create(id="c", value=1)
    tries = []

    def add_one():
        seen = Counter.objects.get(pk="c").value
        tries.append(seen)
        if len(tries) == 1:
            [rival] = at_once(lambda: Counter.objects.filter(pk="c").update(value=5))
            assert rival == 1
        return Counter.objects.filter(pk="c", value=seen).update(value=seen + 1)

    assert transact("sample", add_one) == 1
    assert (tries, Counter.objects.get(pk="c").value) == ([1, 5], 6)


def test_an_insert_twice_is_an_integrity_error_and_not_retried():
    tries = []

    def insert():
        tries.append(1)
        InboxRow(id="x").save(using="sample", force_insert=True)

    transact("sample", insert)
    with pytest.raises(IntegrityError):
        transact("sample", insert)
    assert len(tries) == 2


def test_the_default_database_is_nobodys():
    assert connections["default"].settings_dict["ENGINE"] == "django.db.backends.dummy"
    with pytest.raises(LookupError, match=r"InboxRow exists in every database: say \.using"):
        InboxRow.objects.count()
    with pytest.raises(LookupError, match="exists in every database"):
        InboxRow(id="x").save()
