"""Kill a process at each durable point of each story, let it come back, wait for quiet, check everything once."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.after_the_money import AFTERWARDS, SELDOM
from tests.faults.stories import STORIES, Story, bought, bought_by_a_customer, cancelled_paid
from tests.harness import invariants
from tests.harness.shop import Shop

STRIDE_OF_A_SAMPLE = 15
STRIDE = int(os.environ.get("STRIDE") or 0)
"""Every how manieth point of every story, in `make test-all`."""
STRIDE_OF_KNOWN_POINTS = 60
"""Without it: every how manieth of those at which a process died in an earlier story."""
DEATHS_AFTERWARDS = 2
"""Without it: at how many of its new points a process dies in each story of AFTERWARDS."""
PURCHASES = (bought, bought_by_a_customer)
"""A process dies at each of their points that is new, in the others at every second: in the next run at the rest."""


def die_at(shop: Shop, story: Story, point: str) -> tuple[list[str], bool]:
    """Run the story with one process dying at `point`; what is wrong afterwards, and whether it was passed."""
    shop.arm(point)
    buyer, end = story(shop)
    shop.revive()
    shop.quiesce()
    wrong = invariants.broken(shop.facts())
    if (status := buyer.look()["status"]) not in (end if isinstance(end, tuple) else (end,)):
        wrong.append(f"the order is {status}, not {end}")
    died = shop.fired(point)
    shop.disarm()
    return [f"died at {point}: {sentence}" for sentence in wrong], died


def die_at_each(shop: Shop, story: Story, points: list[str]) -> set[str]:
    """Run it once for each point; where two processes race, the point may be passed the next time only, or hardly."""
    killed = set()
    for point in points:
        for _ in range(2):
            try:
                wrong, died = die_at(shop, story, point)
            except Exception as error:
                shop.disarm()
                error.add_note(f"died at {point}; the worker said at last: {shop.log('worker')[-2000:]}")
                raise
            assert wrong == []
            if died:
                killed.add(point)
                break
    assert len(points) - len(killed) <= 1 + len(points) // 10, f"not passed again: {set(points) - killed}"
    return killed


def chosen(story: Story, passed: list[str], survived: set[str]) -> list[str]:
    """Where the story dies in this run."""
    if STRIDE:
        return passed[::STRIDE]
    new = [point for point in passed if point not in survived]
    if story in AFTERWARDS:
        return new[:: -max(1, len(new) // DEATHS_AFTERWARDS)][:DEATHS_AFTERWARDS]  # what is its own comes last
    if story not in PURCHASES:
        new = new[random.randrange(2) :: 2]
    return [point for point in passed if point in new or point in passed[::STRIDE_OF_KNOWN_POINTS]]


@pytest.fixture(scope="module")
def survived() -> set[str]:
    """The points at which a process has died already."""
    return set()


@pytest.mark.parametrize("story", [*STORIES, *AFTERWARDS], ids=lambda story: story.__name__)
def test_nothing_is_lost_or_doubled_wherever_a_process_dies(shop: Shop, story: Story, survived: set[str]) -> None:
    """See docs/crashes.md for who dies where."""
    if story in SELDOM and not STRIDE:
        pytest.skip("in one process it dies in every run; here in make test-all")
    passed = shop.record(lambda: story(shop))
    assert len(passed) > 30
    points = chosen(story, passed, survived)
    killed = die_at_each(shop, story, points)
    survived.update(killed)
    print(f"\n{story.__name__}: killed at {len(killed)} of {len(passed)} points: {' '.join(points)}")


@pytest.mark.sample
def test_nothing_is_lost_or_doubled_at_a_sample_of_points(shop: Shop) -> None:
    points = shop.record(lambda: cancelled_paid(shop))[::STRIDE_OF_A_SAMPLE]
    assert len(points) >= 3
    assert die_at_each(shop, cancelled_paid, points)


VICTIMS = [
    *((program, "") for program in ("web", "worker", "valkey")),
    *(pytest.param(*one, marks=pytest.mark.sample) for one in (("web", "orders"), ("worker", "payments"))),
    *(("web", "payments"), ("web", "catalog"), ("worker", "orders"), ("worker", "catalog")),
]
"""Programs, of all contexts or of the unit of one."""


@pytest.mark.parametrize(("program", "context"), VICTIMS)
def test_a_purchase_survives_the_sudden_death_of_a_whole_program(shop: Shop, program: str, context: str) -> None:
    if context and not shop.partition:
        pytest.skip("one program runs all contexts: it dies in another of these tests")
    victim = shop.that_of(program, context) if context else program
    buyer = shop.buyer()
    cart = buyer.fill_cart((shop.call("tests.goods.new_product", stock=1, price=700), 1))
    buyer.place(cart)
    shop.kill(victim)
    buyer_pays_while_it_is_away = program != "web"
    if buyer_pays_while_it_is_away:
        assert buyer.pay().status == 200
    shop.start(victim)
    if not buyer_pays_while_it_is_away:
        assert buyer.pay().status == 200
    buyer.await_status("confirmed")
    shop.check_invariants()
