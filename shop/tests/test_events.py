"""What is published arrives once at every handler, in order per key, whatever fails in between."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from shop import clock
from shop.db import transact
from shop.errors import CallInsideTransaction, Unavailable
from shop.events import CONSUMERS, Event, pending, publish, retry_dead, subscribe
from shop.events import relay as relaying
from shop.events.declare import EventError
from shop.events.inbox import NO_TIME, Envelope, deliver
from shop.events.relay import relay, sweep
from shop.jobs import woken
from shop.models import InboxRow, OutboxRow
from shop.testing.drain import drain
from shop.testing.races import at_once, happens_before
from shop.tests.mirror import subscribers
from shop.tests.sample.contracts import Counted

pytestmark = pytest.mark.usefixtures("database")
LONG = timedelta(days=1)


def tell(*facts):
    """Publishes (counter, value) pairs, keyed by the counter."""

    def work():
        for counter, value in facts:
            publish(Counted(counter, value), key=counter)

    transact("sample", work)


def rows():
    return OutboxRow.objects.using("sample")


def test_an_event_reaches_every_handler_once(seen):
    tell(("a", 1))
    assert pending("sample") == {"new": 1, "dead": 0}
    assert woken == ["sample.relay"]
    assert drain("sample") == 1
    assert (seen("copy"), seen("note")) == ([("a", 1)], [("a", 1)])
    assert pending("sample") == {"new": 0, "dead": 0}
    assert InboxRow.objects.using("mirror").count() == 2


def test_an_event_of_a_rolled_back_transaction_never_was(seen):
    def work():
        publish(Counted("a", 1), key="a")
        raise ValueError("undo")

    with pytest.raises(ValueError, match="undo"):
        transact("sample", work)
    assert drain("sample") == 0
    assert (seen(), woken) == ([], [])


def test_publishing_outside_a_transaction_of_its_context_is_refused():
    for attempt in (tell_now, lambda: transact("mirror", tell_now)):
        with pytest.raises(CallInsideTransaction, match="needs an open transaction of sample"):
            attempt()


def tell_now():
    publish(Counted("a", 1), key="a")


def test_a_key_that_does_not_fit_is_refused_on_every_engine():
    with pytest.raises(ValueError, match="at most 100 characters"):
        tell(("k" * 101, 1))


def test_several_events_of_one_transaction_are_one_wake(seen):
    tell(("a", 1), ("b", 1), ("a", 2))
    assert woken == ["sample.relay"]
    drain("sample")
    assert sorted(seen()) == [("a", 1), ("a", 2), ("b", 1)]


def test_events_of_one_key_arrive_in_order(seen):
    for value in range(7):
        tell(("a", value))
    while relay("sample", batch=3):
        pass
    assert seen() == [("a", value) for value in range(7)]


def test_a_handler_that_fails_leaves_no_trace_and_the_other_is_not_repeated(seen):
    subscribers.refused.add(("a", 1))
    tell(("a", 1))
    assert relay("sample") == 0
    assert (seen("copy"), seen("note")) == ([("a", 1)], [])
    [row] = rows()
    assert (row.attempts, row.error, row.claim) == (1, "ValueError('a 1 is poison')", None)
    assert row.due_at > clock.now()
    subscribers.refused.clear()
    with clock.shifted(LONG):
        assert relay("sample") == 1
    assert (seen("copy"), seen("note")) == ([("a", 1)], [("a", 1)])


def test_a_poison_event_blocks_only_its_own_key(seen, settings):
    settings.SHOP_BACKOFF_SECONDS = 60  # longer than a busy machine takes for the next lines
    subscribers.refused.add(("a", 1))
    tell(("a", 1), ("a", 2), ("b", 1))
    tell(("a", 3))
    assert relay("sample") == 1
    assert seen("note") == [("b", 1)]
    tell(("a", 4), ("b", 2))
    relay("sample")
    assert seen("note") == [("b", 1), ("b", 2)]
    assert len(set(rows().values_list("due_at", flat=True))) == 1
    assert sorted(rows().values_list("attempts", flat=True)) == [0, 0, 0, 1]
    subscribers.refused.clear()
    with clock.shifted(LONG):
        assert sweep("sample") == 4
    assert seen("note")[2:] == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]


def test_after_its_attempts_it_is_dead_its_key_flows_on_and_it_can_be_sent_again(seen, monkeypatch):
    monkeypatch.setattr(relaying, "MAX_ATTEMPTS", 3)
    subscribers.refused.add(("a", 1))
    tell(("a", 1), ("a", 2))
    for day in range(3):
        with clock.shifted(LONG * day):
            relay("sample")
    assert pending("sample") == {"new": 1, "dead": 1}
    with clock.shifted(LONG * 4):
        assert relay("sample") == 1
    assert seen("note") == [("a", 2)]
    subscribers.refused.clear()
    [dead] = rows()
    assert retry_dead("sample", [uuid4()]) == 0
    assert retry_dead("sample", [dead.pk]) == 1
    assert drain("sample") == 1
    assert seen("note") == [("a", 2), ("a", 1)]


def test_a_dead_letter_older_than_the_inbox_remembers_is_not_sent_again():
    tell(("a", 1))
    rows().update(state="dead")
    with clock.shifted(timedelta(days=91)):
        assert retry_dead("sample") == 0
    assert retry_dead("sample") == 1


def test_a_destination_that_is_away_costs_no_attempts_and_never_kills(seen, monkeypatch):
    def away(*_, **__):
        raise Unavailable("nobody there")

    tell(("a", 1), ("b", 1))
    with monkeypatch.context() as patch:
        patch.setattr(relaying, "send", away)
        for day in range(15):
            with clock.shifted(LONG * day):
                assert relay("sample") == 0
    assert list(rows().values_list("attempts", "state", "claim")) == [(0, "new", None)] * 2
    with clock.shifted(LONG * 16):
        assert relay("sample") == 2
    assert sorted(seen()) == [("a", 1), ("b", 1)]


def test_a_consumer_that_is_too_busy_is_asked_later_and_costs_no_attempt(monkeypatch):
    tell(("a", 1), ("a", 2))
    with monkeypatch.context() as patch:
        patch.setattr("shop.events.inbox.transact", lambda *_: (_ for _ in ()).throw(Unavailable("busy")))
        assert relay("sample") == 0
    assert list(rows().values_list("attempts", flat=True)) == [0, 0]


def test_a_lost_claim_is_sent_again_after_its_lease_and_still_has_one_effect(seen, settings):
    tell(("a", 1))
    rows().update(claim=uuid4(), due_at=clock.now() + timedelta(seconds=settings.SHOP_LEASE_SECONDS))
    assert relay("sample") == 0
    with clock.shifted(timedelta(seconds=settings.SHOP_LEASE_SECONDS + 1)):
        assert relay("sample") == 1
    assert seen() == [("a", 1)]


def test_what_is_published_behind_a_claimed_event_waits_without_a_penalty(seen):
    tell(("a", 1))
    rows().update(claim=uuid4(), due_at=clock.now() + LONG)
    tell(("a", 2))
    assert relay("sample") == 0
    assert rows().filter(due_at__lte=clock.now()).count() == 1
    with clock.shifted(LONG * 2):
        sweep("sample")
    assert seen() == [("a", 1), ("a", 2)]


def test_two_relays_at_once_send_everything_once_and_in_order(seen):
    for value in range(10):
        tell(*[(key, value) for key in "abc"])
    at_once(*[lambda: sweep("sample")] * 3)
    with clock.shifted(LONG):
        sweep("sample")
    for key in "abc":
        assert [fact for fact in seen() if fact[0] == key] == [(key, value) for value in range(10)]
    assert pending("sample") == {"new": 0, "dead": 0}


def test_a_stream_of_events_does_not_keep_the_worker(seen, monkeypatch):
    monkeypatch.setattr(relaying, "SWEEP_SECONDS", 0)
    tell(("a", 1))
    woken.clear()
    assert sweep("sample") > 0
    assert woken == ["sample.relay"]
    assert sweep("sample") == 0
    assert woken == ["sample.relay"]


def test_a_relay_that_loses_part_of_a_key_gives_the_rest_back(seen):
    tell(("a", 1), ("a", 2), ("b", 1))
    older = rows().filter(key="a").order_by("pk").first()
    assert older is not None

    def rival():
        rows().filter(pk=older.pk).update(claim=uuid4(), due_at=clock.now() + LONG)

    with happens_before("shop.events.relay._claim", rival):
        assert relay("sample") == 1
    assert seen() == [("b", 1)]
    assert rows().get(claim=None).attempts == 0
    with clock.shifted(LONG * 2):
        sweep("sample")
    assert seen() == [("b", 1), ("a", 1), ("a", 2)]


def test_one_event_delivered_twice_at_once_has_one_effect(seen):
    envelope = Envelope(uuid4(), Counted.name, "a", '{"counter":"a","value":1}')
    answers = at_once(*[lambda: deliver("mirror", [envelope])] * 4)
    assert answers == [{}] * 4
    assert (seen("copy"), seen("note")) == ([("a", 1)], [("a", 1)])


def test_control_without_the_inbox_row_it_has_two_effects(seen, monkeypatch):
    envelope = Envelope(uuid4(), Counted.name, "a", '{"counter":"a","value":1}')
    monkeypatch.setattr(InboxRow, "save", lambda *_, **__: None)
    deliver("mirror", [envelope])
    deliver("mirror", [envelope])
    assert seen() == [("a", 1), ("a", 1)]


def test_an_event_that_nobody_can_read_is_refused_alone(seen):
    bad, good = uuid4(), uuid4()
    refused = deliver(
        "mirror",
        [Envelope(bad, Counted.name, "a", "{}"), Envelope(good, Counted.name, "b", '{"counter":"b","value":1}')],
    )
    assert list(refused) == [bad]
    assert seen() == [("b", 1)]
    unknown = deliver("mirror", [Envelope(bad, "sample.future.v9", "a", "{}")])
    assert unknown == {bad: "KeyError('sample.future.v9')"}


def test_events_of_a_newer_publisher_may_have_more_fields(seen):
    deliver("mirror", [Envelope(uuid4(), Counted.name, "a", '{"counter":"a","value":1,"new":true}')])
    assert seen() == [("a", 1)]


def test_what_time_does_not_allow_is_left_for_later():
    from shop.call import scope

    one = uuid4()
    with scope(-1):
        assert deliver("mirror", [Envelope(one, Counted.name, "a", "{}")]) == {one: NO_TIME}


def test_a_batch_that_is_cut_off_by_time_goes_on_at_once(seen, monkeypatch, settings):
    settings.SHOP_SHAPE = "mono"
    tell(("a", 1), ("a", 2), ("b", 1))
    left = iter([1.0, 0.0, 0.0])
    with monkeypatch.context() as patch:
        patch.setattr("shop.events.inbox.remaining", lambda: next(left))
        assert relay("sample") == 1
    assert list(rows().values_list("attempts", flat=True)) == [0, 0]
    assert relay("sample") == 2
    assert seen() == [("a", 1), ("a", 2), ("b", 1)]


def test_strict_delivers_through_the_codec_and_twice(seen, settings):
    settings.SHOP_SHAPE = "strict"
    tell(("a", 1))
    assert relay("sample") == 1
    assert seen() == [("a", 1)]


def test_a_batch_costs_a_constant_number_of_outbox_queries(settings):
    settings.SHOP_LEASE_SECONDS = 30
    for count in (1, 60):
        tell(*[(f"k{number}", count) for number in range(count)])
        with CaptureQueriesContext(connections["sample"]) as queries:
            assert relay("sample") == count
        statements = [query["sql"] for query in queries if query["sql"] not in {"BEGIN", "BEGIN IMMEDIATE", "COMMIT"}]
        assert len(statements) == 5, statements


def test_declarations_that_cannot_work_are_refused():
    with pytest.raises(EventError, match="needs a name like"):

        class Nameless(Event):
            pass

    with pytest.raises(EventError, match=r"Two events have the name sample\.counted\.v1"):

        class Twin(Event):
            name = "sample.counted.v1"

    def copy(event):
        pass

    copy.__module__ = "shop.tests.mirror.subscribers"
    with pytest.raises(EventError, match=r"Two subscribers of sample\.counted\.v1 are called mirror\.copy"):
        subscribe(Counted)(copy)
    copy.__module__ = "apps.catalog.subscribers"
    with pytest.raises(EventError, match=r"catalog/contracts\.py does not say consumes\(Counted\)"):
        subscribe(Counted)(copy)
    assert CONSUMERS["sample.counted.v1"] == {"mirror"}


def test_a_long_backlog_of_a_destination_that_is_away_does_not_hold_up_the_others(seen):
    tell(*((str(value), value) for value in range(350)))
    rows().update(destination="elsewhere")
    tell(("a", 1))
    for _ in range(2):
        sweep("sample")
    assert seen() == [("a", 1)]
    assert set(rows().values_list("destination", "attempts")) == {("elsewhere", 0)}
