"""Kill a process at each durable point of each story, let it come back, wait for quiet, check everything once."""

from __future__ import annotations

import pytest

from tests.faults.stories import STORIES, Story, bought, cancelled_paid
from tests.harness import invariants
from tests.harness.shop import Shop

STRIDE_OF_A_SAMPLE = 15
STRIDE_OF_KNOWN_POINTS = 40


def die_at(shop: Shop, story: Story, point: str) -> list[str]:
    """Run the story with one process dying at `point`; what is wrong afterwards."""
    shop.arm(point)
    buyer, end = story(shop)
    shop.revive()
    shop.quiesce()
    wrong = invariants.broken(shop.facts())
    if end and buyer.order and (status := buyer.look()["status"]) != end:
        wrong.append(f"the order is {status}, not {end}")
    if not shop.fired(point):
        wrong.append("the point was not passed this time")
    shop.disarm()
    return [f"died at {point}: {sentence}" for sentence in wrong]


@pytest.fixture(scope="module")
def survived() -> set[str]:
    """The points at which a process has died already."""
    return set()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_nothing_is_lost_or_doubled_wherever_a_process_dies(shop: Shop, story: Story, survived: set[str]) -> None:
    """The first story dies at each of its points, every other one at those that no earlier one had, and a few."""
    passed = shop.record(lambda: story(shop))
    assert len(passed) > 30
    points = [point for point in passed if point not in survived or point in passed[::STRIDE_OF_KNOWN_POINTS]]
    wrong = [sentence for point in points for sentence in die_at(shop, story, point)]
    survived.update(points)
    print(f"\n{story.__name__}: killed at {len(points)} points: {' '.join(points)}")
    assert wrong == []


@pytest.mark.sample
@pytest.mark.parametrize("story", [bought, cancelled_paid], ids=lambda story: story.__name__)
def test_nothing_is_lost_or_doubled_at_a_sample_of_points(shop: Shop, story: Story) -> None:
    points = shop.record(lambda: story(shop))[::STRIDE_OF_A_SAMPLE]
    assert len(points) >= 3
    wrong = [sentence for point in points for sentence in die_at(shop, story, point)]
    assert wrong == []


VICTIMS = [
    *((program, "") for program in ("web", "worker", "beat", "valkey")),
    *(pytest.param(*one, marks=pytest.mark.sample) for one in (("web", "orders"), ("worker", "payments"))),
    *(("web", "payments"), ("web", "catalog"), ("worker", "orders"), ("worker", "catalog")),
]
"""Programs, of all contexts or of the unit of one."""


@pytest.mark.parametrize(("program", "context"), VICTIMS)
def test_a_purchase_survives_the_sudden_death_of_a_whole_program(shop: Shop, program: str, context: str) -> None:
    if context and not shop.partition:
        pytest.skip("one program runs all contexts: it dies in another of these tests")
    if program == "beat" and shop.partition:
        pytest.skip("the worker of each unit rings its jobs itself")
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
