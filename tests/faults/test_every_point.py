"""A process dies at each durable point of each story, in this process; once all is quiet, everything is checked.

`make test` dies at about three points of each story, `make test-all` at each (STRIDE=1), web, worker and relay alike;
PAYMENTS_CAPTURE=manual sets the money of all of them aside first. Really killed are processes in test_crashes.py.
"""

from __future__ import annotations

import logging
import os
from collections import Counter

import pytest
from django.test import override_settings

from tests.harness import invariants
from tests.model.world import World, a_world

from .other_ways import AUTHORISED, OTHERS
from .purchases import STORIES, Story, as_guest, ends, returned

pytestmark = pytest.mark.usefixtures("database")
STRIDE = int(os.environ.get("STRIDE") or 0)
"""Every how manieth point; without it so many that each story has DEATHS of them."""
DEATHS = 3
CAPTURE = os.environ.get("PAYMENTS_CAPTURE") or "automatic"
ALL = (*STORIES, *OTHERS)


@pytest.fixture(autouse=True)
def quiet_log():
    """Who dies, or cannot reach Stripe, says so again and again."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


def run(story: Story, dies_after: int | None) -> tuple[list[str], World]:
    """The story with somebody dying there; what is wrong once all is quiet."""
    with override_settings(PAYMENTS_CAPTURE="manual" if story in AUTHORISED else CAPTURE), a_world() as world:
        if dies_after is not None:
            world.die_after(dies_after)
        lawful = story(world)
        told = world.points
        world.quiesce()
        world.points = told
        facts = world.facts()
        wrong = invariants.broken(facts)
        if (got := ends(facts)) not in (lawful if isinstance(lawful, tuple) else (lawful,)):
            wrong.append(f"the orders are {got}, not {lawful}")
        return [f"died at {world.deaths}: {sentence}" for sentence in wrong], world


def marked(story: Story):
    """Two of them are tried on the other engine too."""
    marks = [pytest.mark.sample] if story in (as_guest, returned) else []
    return pytest.param(story, marks=marks, id=story.__name__)


@pytest.mark.parametrize("story", [marked(story) for story in ALL])
def test_whoever_dies_wherever_the_purchase_ends_as_it_should(story):
    wrong, whole = run(story, None)
    assert (wrong, whole.deaths) == ([], [])
    died: Counter[str] = Counter()
    stride = STRIDE or max(20, whole.points // DEATHS)
    first = ALL.index(story) * 7 % stride

    for point in range(first, whole.points, stride):
        found, world = run(story, point)
        assert found == [], "\n".join(world.log)
        died.update(world.victims)

    print(f"\n{story.__name__}: {whole.points} points, died {dict(died)}")
    assert sum(died.values()) > 0
