"""A port asks, once per key, never inside a transaction, and fits its function."""

from __future__ import annotations

import inspect
import sys
import types
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from shop.call import scope
from shop.db import alias, transact
from shop.errors import Busy, CallInsideTransaction, DeadlineExceeded, IdempotencyMismatch, Unavailable
from shop.events import CONSUMERS
from shop.models import CommandRecord, OutboxRow
from shop.money import Money
from shop.ports import count_calls
from shop.ports.declare import PORTS, PortError
from shop.ports.meaning import digest
from shop.testing.ports import fake_ports
from shop.testing.races import at_once, happens_after, happens_before
from shop.tests.sample import api as sample
from shop.tests.sample.contracts import Count, TooMuch
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")


def value(name="a"):
    return Counter.objects.get(pk=name).value


def test_a_query_answers_frozen_values(counter):
    counter(value=3)
    assert sample.get_count(name="a") == Count("a", 3, Money(3, "EUR"))


def test_a_command_happens_once_per_key(counter):
    counter()
    key = uuid4()
    answers = [sample.add(key=key, name="a", amount=2) for _ in range(3)]
    assert answers == [Count("a", 2, Money(2, "EUR"))] * 3
    assert value() == 2
    [record] = CommandRecord.objects.using("sample")
    assert record.id == f"add|{key}"
    assert OutboxRow.objects.using("sample").count() == 1


def test_a_default_and_the_same_value_said_are_the_same_call(counter):
    counter()
    key = uuid4()
    assert sample.add(key=key, name="a") == sample.add(key=key, name="a", amount=1)


def test_the_same_key_with_other_arguments_is_refused(counter):
    counter()
    key = uuid4()
    sample.add(key=key, name="a")
    with pytest.raises(IdempotencyMismatch) as error:
        sample.add(key=key, name="a", amount=2)
    assert (error.value.code, error.value.status) == ("kernel.idempotency_mismatch", 409)
    assert value() == 1


def test_a_refused_command_leaves_nothing_and_may_succeed_later(counter):
    counter(limit=0)
    key = uuid4()
    with pytest.raises(TooMuch) as error:
        sample.add(key=key, name="a")
    assert error.value.params == {"left": 0}
    assert not CommandRecord.objects.using("sample").exists()
    Counter.objects.filter(pk="a").update(limit=1)
    assert sample.add(key=key, name="a").value == 1


def test_whoever_loses_to_its_twin_gets_the_twins_answer(counter):
    counter(limit=1)
    key = uuid4()
    winner = []
    with happens_before("shop.ports.run.transact", lambda: winner.append(sample.add(key=key, name="a"))):
        answer = sample.add(key=key, name="a")
    assert [answer] == winner == [Count("a", 1, Money(1, "EUR"))]
    assert value() == 1


def test_twins_at_once_do_it_once(counter):
    counter()
    key = uuid4()
    answers = at_once(*[lambda: sample.add(key=key, name="a")] * 6)
    assert answers == [Count("a", 1, Money(1, "EUR"))] * 6
    assert value() == 1


def test_rivals_at_once_all_count(counter):
    counter()
    answers: list[Any] = at_once(*[lambda: sample.add(key=uuid4(), name="a").value for _ in range(6)])
    assert sorted(answers) == [1, 2, 3, 4, 5, 6]


def test_control_without_the_record_twins_do_it_twice(counter, monkeypatch, settings):
    counter()
    settings.SHOP_SHAPE = "mono"
    key = uuid4()
    monkeypatch.setattr("shop.ports.run._record", lambda *_: None)
    monkeypatch.setattr(CommandRecord, "save", lambda *_, **__: None)
    sample.add(key=key, name="a")
    sample.add(key=key, name="a")
    assert value() > 1


def test_a_command_that_calls_out_has_no_transaction_and_no_record(counter):
    counter()
    sample.add_outside(key=uuid4(), name="a")
    assert value() in {1, 2}
    assert not CommandRecord.objects.using("sample").exists()


def test_no_call_leaves_while_a_transaction_is_open(counter):
    counter()
    for context in ("sample", "mirror"):
        Counter.objects.first()
        with pytest.raises(
            CallInsideTransaction, match=f"sample.get_count was called inside a transaction of {context}"
        ):
            transact(context, lambda: sample.get_count(name="a"))


def test_arguments_are_named():
    with pytest.raises(TypeError):
        sample.get_count("a")
    with pytest.raises(TypeError):
        sample.get_count()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        sample.add(key=uuid4(), name="a", other=1)  # type: ignore[call-arg]


def test_a_deadline_that_has_passed_stops_the_call():
    with scope(-1), pytest.raises(DeadlineExceeded):
        sample.get_count(name="a")


def test_calls_are_counted_where_they_are_made(counter):
    counter()
    with count_calls() as calls:
        sample.get_count(name="a")
        sample.add(key=uuid4(), name="a")
    sample.get_count(name="a")
    assert calls == ["sample.get_count", "sample.add"]


def test_a_fake_replaces_a_context_and_what_it_lacks_fails_loudly():
    with fake_ports(sample={"get_count": lambda *, name: Count(name, 9, Money(9, "EUR"))}):
        assert sample.get_count(name="x").value == 9
        with pytest.raises(AssertionError, match="no fake"):
            sample.add(key=uuid4(), name="a")
        with fake_ports(sample={"add": lambda *, key, name, amount=1: Count(name, amount, Money(0, "EUR"))}):
            assert (sample.get_count(name="x").value, sample.add(key=uuid4(), name="a", amount=4).value) == (9, 4)
    assert sample.get_count(name="x").value == 0
    with pytest.raises(AssertionError, match="sample has no port get_cuont"), fake_ports(sample={"get_cuont": print}):
        pass


def test_strict_goes_through_the_codec_twice(counter, settings, monkeypatch):
    counter()
    settings.SHOP_SHAPE = "strict"
    seen: list[str] = []

    def look(*, name):
        seen.append(name)
        return Count(name, len(seen), Money(0, "EUR"))

    monkeypatch.setitem(vars(PORTS["sample", "get_count"]), "implementation", look)
    assert sample.get_count(name="a").value == 2
    assert seen == ["a", "a"]
    assert sample.add(key=uuid4(), name="a").value == 1
    assert sample.add_outside(key=uuid4(), name="a") is not None


def test_strict_finds_an_answer_that_is_not_of_the_contract(settings, monkeypatch):
    settings.SHOP_SHAPE = "strict"
    monkeypatch.setitem(vars(PORTS["sample", "get_count"]), "implementation", lambda *, name: {"name": name})
    with pytest.raises(Exception, match="missing required field"):
        sample.get_count(name="a")


def test_strict_finds_a_command_that_answers_its_repeat_differently(counter, settings, monkeypatch):
    counter()
    settings.SHOP_SHAPE = "strict"
    monkeypatch.setattr("shop.ports.run._record", lambda *_: None)
    monkeypatch.setattr(CommandRecord, "save", lambda *_, **__: None)
    with pytest.raises(AssertionError, match=r"sample\.add answers a repeat differently"):
        sample.add(key=uuid4(), name="a")


def test_strict_raises_errors_as_the_wire_would(counter, settings):
    counter(limit=0)
    settings.SHOP_SHAPE = "strict"
    with pytest.raises(TooMuch):
        sample.add(key=uuid4(), name="a")


def test_strict_says_how_long_to_leave_a_provider_alone_as_the_wire_would(settings, monkeypatch):
    settings.SHOP_SHAPE = "strict"
    told: list[type[Unavailable]] = [Busy, Unavailable]

    def ask(*, name):
        raise told[0]("Asked too often.", retry_after=90)

    monkeypatch.setitem(vars(PORTS["sample", "get_count"]), "implementation", ask)
    while told:
        with pytest.raises(Unavailable) as error:
            sample.get_count(name="a")
        assert (type(error.value), error.value.retry_after, str(error.value)) == (told.pop(0), 90, "Asked too often.")


@pytest.fixture
def door(monkeypatch):
    """A made-up context `doors.thing` with an api module; gives its namespace."""
    for name in ("doors", "doors.thing", "doors.thing.services"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        sys.modules[name].__path__ = []
    monkeypatch.setitem(sys.modules, "doors.thing.api", types.ModuleType("doors.thing.api"))
    monkeypatch.setitem(sys.modules, "doors.thing.queries", types.ModuleType("doors.thing.queries"))
    monkeypatch.setattr("shop.ports.declare.PORTS", {})

    def define(module, source):
        exec(compile(source, module, "exec", dont_inherit=True), vars(sys.modules[f"doors.thing.{module}"]))
        return sys.modules[f"doors.thing.{module}"]

    return define


def test_a_port_must_have_its_function_with_the_same_signature(door):
    api = door(
        "api",
        "from shop.ports import query, command\n@query\ndef ask(*, n: int) -> str: 'x'\n"
        "@command(key='n')\ndef do(*, n: int) -> None: 'x'",
    )
    with pytest.raises(PortError, match=r"thing\.ask is declared, but doors\.thing\.queries has no function ask"):
        _ = api.ask.port.implementation
    with pytest.raises(PortError, match=r"thing\.do is declared, but there is no module doors\.thing\.services\.do"):
        _ = api.do.port.implementation
    door("queries", "def ask(*, n: int) -> int: return n")
    with pytest.raises(PortError, match=r"queries has \(\*, n: int\) -> int, api\.py says \(\*, n: int\) -> str"):
        _ = api.ask.port.implementation
    door("queries", "def ask(*, n: int) -> str: return 'n'")
    assert api.ask.port.implementation(n=1) == "n"


def test_a_port_takes_named_arguments_only_and_knows_its_key(door):
    with pytest.raises(PortError, match="keyword-only"):
        door("api", "from shop.ports import query\n@query\ndef ask(n: int) -> str: 'x'")
    with pytest.raises(PortError, match="key 'm' is not an argument"):
        door("api", "from shop.ports import command\n@command(key='m')\ndef ask(*, n: int) -> str: 'x'")
    with pytest.raises(PortError, match=r"declared in api\.py"):
        door("queries", "from shop.ports import query\n@query\ndef ask(*, n: int) -> str: 'x'")
    api = door("api", "from shop.ports import query\nVERSION = 3\n@query(timeout=9)\ndef ask(*, n: int) -> str: 'x'")
    assert (api.ask.port.path, api.ask.port.timeout) == ("/internal/thing.v3/ask", 9)


def test_a_missing_function_is_found_when_the_process_starts(door, settings, monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    from shop import registry

    assert registry.problems() == []
    monkeypatch.setattr(
        registry,
        "PORTS",
        {
            ("sample", "ask"): door(
                "api", "from shop.ports import query\n@query\ndef ask(*, n: int) -> str: 'x'"
            ).ask.port
        },
    )
    monkeypatch.setitem(CONSUMERS, "sample.unheard.v1", {"mirror"})
    settings.SHOP_CONTEXTS = (*settings.SHOP_CONTEXTS, "thing")
    with pytest.raises(
        ImproperlyConfigured, match=r"no function ask; mirror says that it consumes sample\.unheard\.v1"
    ):
        registry.check()


def test_a_rival_after_the_effect_and_before_the_record_is_one_effect(counter):
    counter()
    key = uuid4()
    with happens_after("shop.ports.run._record", lambda: sample.add(key=key, name="a")):
        sample.add(key=key, name="a")
    assert value() == 1


def test_what_the_database_refuses_beside_a_rivals_row_is_tried_once_more(counter, monkeypatch):
    counter()
    tries = _refused_by_the_database(monkeypatch, times=1)
    key = uuid4()
    assert sample.add(key=key, name="a") == Count("a", 1, Money(1, "EUR"))
    assert (len(tries), value(), CommandRecord.objects.using("sample").count()) == (2, 1, 1)
    assert sample.add(key=key, name="a") == Count("a", 1, Money(1, "EUR"))
    assert len(tries) == 2


def test_what_the_database_refuses_always_is_refused_after_two_tries_and_leaves_nothing(counter, monkeypatch):
    counter()
    tries = _refused_by_the_database(monkeypatch, times=9)
    with pytest.raises(IntegrityError):
        sample.add(key=uuid4(), name="a")
    assert (len(tries), value(), CommandRecord.objects.using("sample").count()) == (2, 0, 0)


def _refused_by_the_database(monkeypatch, *, times):
    """The command does its work, and then so many times the database does not let it in."""
    port, tries = PORTS["sample", "add"], []
    add = port.implementation

    def refused(**arguments):
        tries.append(arguments)
        answer = add(**arguments)
        if len(tries) <= times:
            Counter(id="a").save(force_insert=True)
        return answer

    monkeypatch.setitem(vars(port), "implementation", refused)
    return tries


def test_the_alias_of_a_context_that_is_not_here_is_an_error():
    with pytest.raises(LookupError, match="'moon' does not run in this process"):
        alias("moon")


def test_long_keys_are_kept_as_hashes():
    assert len(CommandRecord.id_of("add", "k" * 500)) < 100
    assert CommandRecord.id_of("add", str(UUID(int=0))).startswith("add|0000")


def test_a_command_is_the_same_to_a_version_that_has_learnt_an_optional_argument_or_field():
    @dataclass(frozen=True)
    class Line:
        sku: str

    @dataclass(frozen=True)
    class NewLine:
        sku: str
        note: str = ""
        tags: tuple[str, ...] = field(default_factory=tuple)

    def order(*, key: int, lines: tuple[Line, ...], more: dict[str, Line]): ...
    def new_order(*, key: int, lines: tuple[NewLine, ...], more: dict[str, NewLine], gift: bool = False): ...

    def said(function, **arguments):
        return digest(inspect.signature(function).parameters.values(), arguments)

    before = said(order, key=1, lines=(Line("A"),), more={"a": Line("B")})
    now = {"key": 1, "lines": (NewLine("A"),), "more": {"a": NewLine("B")}, "gift": False}
    assert said(new_order, **now) == before
    for other in ({"gift": True}, {"lines": (NewLine("A", "soon"),)}, {"lines": (NewLine("A", tags=("x",)),)}):
        assert said(new_order, **{**now, **other}) != before
