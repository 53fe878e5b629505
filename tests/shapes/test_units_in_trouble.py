"""One service after the other is restarted, frozen, slow or out of reach while people buy.

The others answer what they can do without it and ask to come again for the rest, in time; nobody's threads pile up
before it; once it is back it is asked again, and every purchase comes to its end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from config.contexts import CONTEXTS
from config.dev.ports import HOST
from shop.ports.breaker import AT_ONCE
from tests.harness.crowd import Crowd
from tests.scenes import new_product
from tests.shapes.questions import QUESTIONS, Customer, Told
from tests.shapes.split import Split

SECONDS = 15
"""The longest that anybody waits for an answer: the deadline of a request (SHOP_REQUEST_SECONDS). Reads give up
earlier, so that their refusal passes a gateway that waits ten seconds for a read and thirty for a change."""
BUSY_SECONDS = 5
"""And what a machine that has other things to do may add."""
WORKERS = 1
MORE_THREADS = 8
CALLERS = {"catalog": "cart", "cart": "orders", "payments": "orders"}
"""Who asks these in every purchase."""
PATIENCE_SECONDS = 60
CROWD = 8
AT_ONCE_SECONDS = 2.5
"""Less than the shortest deadline of a call."""

Trouble = Callable[[Split, str], AbstractContextManager[None]]
TROUBLES: dict[str, Trouble] = {
    "restarted": Split.restarted,
    "frozen": Split.frozen,
    "slow": Split.slow,
    "unreachable": Split.unreachable,
}
SAMPLE = {("frozen", "payments"), ("slow", "cart"), ("unreachable", "catalog")}
"""Restarted is each while keys are rotated, too."""
CASES = [
    pytest.param(trouble, unit, marks=[pytest.mark.sample] if (trouble, unit) in SAMPLE else [])
    for trouble in TROUBLES
    for unit in CONTEXTS
]


@pytest.mark.parametrize(("trouble", "unit"), CASES)
def test_the_others_go_on_without_it_and_every_purchase_is_finished(shop: Split, trouble: str, unit: str) -> None:
    sku = new_product(shop, stock=500, price=1500)
    customer = Customer(shop, sku)
    everything_is_answered(customer)
    gate = Gate(shop, unit)
    shop.wires[unit].most.clear()

    with Crowd(shop, sku, threads=2) as crowd, ThreadPoolExecutor(32) as pool:
        for _, one in customer.put_all(pool, QUESTIONS, to_buy=customer.fill_cart()):
            one.result()
        threads = shop.threads(but=unit)  # those that as many questions take while all is well
        cart = customer.fill_cart()
        with TROUBLES[trouble](shop, unit):
            asked = customer.put_all(pool, QUESTIONS, to_buy=cart)
            held_in_time([one.result() for question, one in asked if question.needs[0] != unit], unit)
            if trouble in {"frozen", "unreachable"}:
                gate.await_shut()
                nobody_waits_before_a_shut_gate(customer, pool, unit)
            more_threads = shop.threads(but=unit) - threads
        heard = [one.result() for _, one in asked]
        held_in_time(heard, unit)
        assert [told for told in heard if told.repeat().status >= 300] == []
        crowd.go_on(2)

    print(f"\n{unit} {trouble}: {len(crowd.finished)} purchases; asked to come again: {dict(crowd.refused)}")
    assert crowd.broken == []
    assert more_threads <= MORE_THREADS
    most = shop.wires[unit].most
    assert {caller: count for caller, count in most.items() if count > AT_ONCE + WORKERS} == {}
    gate.await_open()
    everything_is_answered(customer)
    shop.check_invariants()


class Gate:
    """That which the callers' web has before the unit, as its log tells."""

    def __init__(self, shop: Split, unit: str) -> None:
        self._shop = shop
        self._caller = CALLERS.get(unit)
        self._unit = f"http://{HOST}:{shop.wires[unit].port}"
        self._before = self._counts()

    def _counts(self) -> tuple[int, int]:
        log = self._shop.log(f"web-{self._caller}") if self._caller else ""
        return log.count(f"{self._unit} does not answer: it is not asked"), log.count(f"{self._unit} answers again")

    def shut_and_opened(self) -> tuple[int, int]:
        """How often, since it was made."""
        shut, opened = self._counts()
        return shut - self._before[0], opened - self._before[1]

    def await_shut(self) -> None:
        """People who buy find out that the unit does not answer."""
        self._await(lambda shut, _: shut > 0, "nobody noticed that it does not answer")

    def await_open(self) -> None:
        """It is asked again by whoever did not ask it any more."""
        self._await(lambda shut, opened: shut == opened, "it is not asked any more, though it is back")

    def _await(self, seen: Callable[[int, int], bool], otherwise: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while self._caller and not seen(*self.shut_and_opened()):
            assert time.monotonic() < until, f"{otherwise}: {self.shut_and_opened()}"
            time.sleep(0.05)


def everything_is_answered(customer: Customer) -> None:
    """Each question, as of a client that repeats what it is asked to repeat."""
    for question in QUESTIONS:
        told = customer.put(question, customer.cart_for(question))
        assert told.is_answered or told.repeat().status < 300, told


def held_in_time(heard: list[Told], unit: str) -> None:
    """What it does not take the unit for is answered; the rest is answered or asked to come again."""
    for told in heard:
        concerned = unit in told.question.needs
        assert told.is_answered or (concerned and told.says_to_come_again), told
        assert told.seconds < SECONDS + BUSY_SECONDS, told


def nobody_waits_before_a_shut_gate(customer: Customer, pool: ThreadPoolExecutor, unit: str) -> None:
    """Many ask what cannot be answered now; one of them may be the one that looks, the others are told at once."""
    vain = [one for one in QUESTIONS if unit in one.needs[1:] and one.name != "buy"]
    light = [one for one in QUESTIONS if one.needs == (CALLERS.get(unit),)]
    many = customer.put_all(pool, vain * CROWD)
    beside = [one.result() for _, one in customer.put_all(pool, light)]
    heard = [one.result() for _, one in many]
    held_in_time(heard + beside, unit)
    at_once = sorted(told.seconds for told in heard)[: len(heard) // 2]
    assert all(seconds < AT_ONCE_SECONDS for seconds in at_once), at_once
    assert all(told.seconds < AT_ONCE_SECONDS for told in beside), beside
