"""All rules together, and the one check at the end of each sequence."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from shop import clock
from tests.harness import invariants

from .afterwards import Afterwards
from .beside import Beside
from .shop import differences

DONE: Counter[str] = Counter()
"""Steps and sequences."""
RESTED: Counter[str] = Counter()
"""In which states the orders of all sequences came to rest."""
DIED: Counter[str] = Counter()
"""At which points somebody died."""


class ModelOfTheShop(Afterwards, Beside):
    """One sequence: some dozens of steps, then quiet, then the truth."""

    def check_invariants(self, *args: Any) -> None:
        """Called after each step, and not shown in the sequence that a failure prints."""
        DONE["steps"] += 1
        super().check_invariants(*args)  # type: ignore[no-untyped-call]

    def teardown(self) -> None:
        """Come to rest and compare, once; a failure before has its own words."""
        try:
            if sys.exception() is None:
                self.come_to_rest()
        finally:
            super().teardown()

    def come_to_rest(self) -> None:
        """What is under way at the bank ends well, what lies in the tray is lost; then all waits until it is quiet."""
        for order in self.shop.orders:
            intent = self.world.stripe.intent(order.id)
            if intent and intent["status"] == "processing":
                self.world.stripe.do(intent["id"], "settle", result="succeed")
        DONE["sequences"] += 1
        self.world.quiesce()
        facts = self.world.facts()
        RESTED.update(row["status"] for row in facts["orders"].values())
        DIED.update(self.world.deaths)
        wrong = [*invariants.broken(facts), *differences(self.shop, facts, clock.now())]
        assert wrong == [], "\n".join(wrong)
