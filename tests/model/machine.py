"""All rules together, and the one check at the end of each sequence."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import timedelta
from typing import Any

from shop import clock
from tests.harness import invariants

from .afterwards import Afterwards
from .beside import Beside
from .shop import differences
from .world import CUSTOMERS

LAST_LOOK = timedelta(minutes=11)
"""Longer than orders that were under way when an address was shown may take to be found."""
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

    def each_has_their_own(self) -> None:
        """Customers see exactly their orders, and who has shown their address also those that guests placed with it."""
        if self.shop.claimed:
            self.world.pass_time(LAST_LOOK)
            self.world.quiesce()
        for who in CUSTOMERS:
            theirs = {who, ""} if who == "ada" and self.shop.claimed else {who}
            listed = {one["number"] for one in self.ask(who, "GET", "/orders?limit=100", None, 200).json()["data"]}
            own = {one.number for one in self.shop.orders if one.owner in theirs}
            refused = listed - {one.number for one in self.shop.orders}  # numbers that nobody was told of
            assert listed - refused == own, f"{who} sees {sorted(listed)}, the model says {sorted(own)}"

    def come_to_rest(self) -> None:
        """What is under way at the bank ends well, what lies in the tray is lost; then all waits until it is quiet."""
        for order in self.shop.orders:
            intent = self.world.stripe.intent(order.id)
            if intent and intent["status"] == "processing":
                self.world.stripe.do(intent["id"], "settle", result="succeed")
        DONE["sequences"] += 1
        self.world.quiesce()
        self.settle_all()
        self.world.quiesce()
        self.each_has_their_own()
        facts = self.world.facts()
        RESTED.update(row["status"] for row in facts["orders"].values())
        DIED.update(self.world.deaths)
        wrong = [*invariants.broken(facts), *differences(self.shop, facts, clock.now())]
        assert wrong == [], "\n".join(wrong)
