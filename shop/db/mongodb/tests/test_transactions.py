"""Django's own transaction API on MongoDB sessions."""
# ruff: noqa: PT012  # what fails here is a block, not a statement

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, NotSupportedError, OperationalError, connections, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.synchronous.client_session import ClientSession

from shop.db.mongodb import clients
from shop.db.mongodb.errors import is_transient, is_unknown_commit

from . import given
from .sampleapp.models import Payment, Stock, Tag

pytestmark = pytest.mark.usefixtures("engine")


def connection() -> Any:
    return connections["engine"]


def atomic() -> Any:
    return transaction.atomic(using="engine")


def names() -> list[str]:
    return sorted(Tag.objects.values_list("name", flat=True))


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections["engine"].close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_what_an_atomic_block_wrote_is_gone_when_it_fails() -> None:
    with pytest.raises(KeyError), atomic():
        Tag.objects.create(name="a")
        assert names() == ["a"]
        raise KeyError

    assert names() == []


def test_hooks_run_after_the_commit_and_never_after_a_rollback() -> None:
    seen: list[str] = []
    with atomic():
        transaction.on_commit(lambda: seen.append(f"hook {names()}"), using="engine")
        Tag.objects.create(name="c")
        seen.append("end")
    with pytest.raises(KeyError), atomic():
        transaction.on_commit(lambda: seen.append("never"), using="engine")
        raise KeyError

    assert seen == ["end", "hook ['c']"]


def test_a_hook_outside_a_transaction_runs_at_once() -> None:
    seen: list[str] = []
    transaction.on_commit(lambda: seen.append("now"), using="engine")
    assert seen == ["now"]


def test_others_see_nothing_before_the_commit() -> None:
    seen: list[list[str]] = []
    with atomic():
        Tag.objects.create(name="hidden")
        in_thread(lambda: seen.append(names())).join()

    assert seen == [[]]
    assert names() == ["hidden"]


def test_an_inner_block_joins_the_outer_one() -> None:
    def service() -> None:
        with atomic():
            Tag.objects.create(name="inner")

    with atomic():
        service()
    assert names() == ["inner"]

    with pytest.raises(KeyError), atomic():
        Tag.objects.create(name="outer")
        service_name = "x"
        with atomic():
            Tag.objects.create(name=service_name)
        raise KeyError
    assert names() == ["inner"]


def test_a_failed_inner_block_leaves_the_outer_one_only_the_rollback() -> None:
    with pytest.raises(TransactionManagementError), atomic():
        Tag.objects.create(name="before")
        with pytest.raises(KeyError), atomic():
            raise KeyError
        Tag.objects.create(name="after")

    assert names() == []
    assert connection().session is None


def test_swallowing_an_inner_failure_without_another_query_rolls_back_too() -> None:
    with atomic():
        Tag.objects.create(name="before")
        with pytest.raises(KeyError), atomic():
            raise KeyError

    assert names() == []


def test_a_refused_write_makes_the_rest_of_the_block_impossible_and_says_why() -> None:
    Tag.objects.create(name="twin")
    with pytest.raises(TransactionManagementError) as caught, atomic():
        with pytest.raises(IntegrityError):
            Tag.objects.create(name="twin")
        Tag.objects.count()

    assert isinstance(caught.value.__cause__, IntegrityError)
    assert not is_transient(caught.value)
    assert names() == ["twin"]


def test_get_or_create_works_inside_a_transaction() -> None:
    with atomic():
        first, made = Tag.objects.get_or_create(name="one")
        again, remade = Tag.objects.get_or_create(name="one")

    assert (made, remade, first.pk == again.pk) == (True, False, True)


def test_the_second_writer_of_a_row_is_told_of_a_transient_conflict_at_once() -> None:
    stock = given.stock(100)
    written, go_on = threading.Event(), threading.Event()

    def rival() -> None:
        with atomic():
            Stock.objects.filter(pk=stock.pk).update(available=50)
            written.set()
            go_on.wait(5)

    thread = in_thread(rival)
    assert written.wait(5)
    with pytest.raises(OperationalError) as caught, atomic():
        Stock.objects.filter(pk=stock.pk).update(available=F("available") - 1)
    go_on.set()
    thread.join()

    assert is_transient(caught.value)
    assert isinstance(caught.value.__cause__, OperationFailure)
    assert caught.value.__cause__.has_error_label("TransientTransactionError")
    assert Stock.objects.get(pk=stock.pk).available == 50


def test_a_single_statement_outside_a_transaction_waits_for_its_rival() -> None:
    stock = given.stock(100)
    written, go_on = threading.Event(), threading.Event()

    def rival() -> None:
        with atomic():
            Stock.objects.filter(pk=stock.pk).update(available=50)
            written.set()
            go_on.wait(0.2)

    thread = in_thread(rival)
    assert written.wait(5)
    assert Stock.objects.filter(available__gte=1).update(available=F("available") - 1) == 1
    thread.join()

    assert Stock.objects.get(pk=stock.pk).available == 49


def test_a_snapshot_does_not_change_while_a_transaction_reads() -> None:
    Tag.objects.create(name="first")
    with atomic():
        before = names()
        in_thread(lambda: Tag.objects.create(name="second") and None).join()
        after = names()

    assert before == after == ["first"]
    assert names() == ["first", "second"]


def test_many_rivals_with_retries_lose_no_decrement() -> None:
    stock = given.stock(1000)

    def buy() -> None:
        for _ in range(5):
            while True:
                try:
                    with atomic():
                        Stock.objects.filter(pk=stock.pk, available__gte=1).update(available=F("available") - 1)
                    break
                except OperationalError as error:
                    if not is_transient(error):
                        raise

    for thread in [in_thread(buy) for _ in range(4)]:
        thread.join()

    assert Stock.objects.get(pk=stock.pk).available == 980


def test_a_lost_answer_to_a_commit_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = ClientSession.commit_transaction, []

    def flaky(session: ClientSession) -> None:
        real(session)
        calls.append(session)
        if len(calls) == 1:
            raise AutoReconnect("lost", {"errorLabels": ["UnknownTransactionCommitResult"]})

    monkeypatch.setattr(ClientSession, "commit_transaction", flaky)
    with atomic():
        Tag.objects.create(name="kept")

    assert len(calls) == 2
    assert names() == ["kept"]


def test_a_commit_that_stays_unknown_is_not_called_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(session: ClientSession) -> None:
        raise AutoReconnect("lost", {"errorLabels": ["UnknownTransactionCommitResult", "TransientTransactionError"]})

    monkeypatch.setattr("shop.db.mongodb.base.COMMIT_SECONDS", 0)
    with monkeypatch.context() as broken:
        broken.setattr(ClientSession, "commit_transaction", lost)
        with pytest.raises(OperationalError) as caught, atomic():
            Tag.objects.create(name="unknown")

    assert is_unknown_commit(caught.value)
    assert not is_transient(caught.value)
    assert connection().session is None
    with atomic():
        Tag.objects.create(name="next")
    assert names() == ["next"]


def test_a_standalone_server_is_refused_with_a_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "has_transactions", lambda client: False)
    with pytest.raises(NotSupportedError, match=r"replica set .* start mongod with --replSet"), atomic():
        Tag.objects.create(name="never")

    assert names() == []


def test_bulk_create_stores_all_or_nothing() -> None:
    Tag.objects.create(name="b3")
    with pytest.raises(IntegrityError):
        Tag.objects.bulk_create(Tag(name=f"b{index}") for index in range(5))

    assert names() == ["b3"]


def test_an_update_of_many_rows_outside_a_transaction_changes_all_or_none() -> None:
    for index in range(3):
        given.stock(index, product=given.product(f"P{index}"))
    with pytest.raises(IntegrityError, match="sample_stock_not_negative"):
        Stock.objects.update(available=F("available") - 1)

    assert sorted(Stock.objects.values_list("available", flat=True)) == [0, 1, 2]


def test_closing_a_connection_inside_a_transaction_gives_it_up() -> None:
    with pytest.raises(DatabaseError), atomic():
        Tag.objects.create(name="lost")
        connections["engine"].close()
        Tag.objects.create(name="outside?")

    assert names() == []


def test_writes_wait_for_the_majority() -> None:
    concern = connection().database.write_concern.document
    assert concern == {"w": "majority"}
    assert connection().database.read_concern.document == {"level": "majority"}
    with atomic():
        options = connection().session._transaction.opts
        assert options.write_concern.document == {"w": "majority"}
        assert options.read_concern.document == {"level": "snapshot"}


def test_begin_and_commit_are_logged_as_on_other_engines(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3, connection=connections["engine"]) as seen, atomic():
        Payment.objects.filter(status="new").update(amount=1)

    assert [query["sql"].split("(")[0] for query in seen.captured_queries] == [
        "BEGIN",
        "db.sampleapp_payment.update_many",
        "COMMIT",
    ]


def test_a_read_that_is_logged_answers_as_one_that_is_not(django_assert_num_queries: Any) -> None:
    Tag.objects.create(name="here")

    with django_assert_num_queries(3, connection=connections["engine"]):
        assert Tag.objects.filter(name="here").exists()
        assert not Tag.objects.filter(name="gone").exists()
        assert [tag.name for tag in Tag.objects.filter(name="here")] == ["here"]
