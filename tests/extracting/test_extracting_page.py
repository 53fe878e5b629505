"""docs/extracting-a-context.md tells the truth: followed to the letter it moves a context out and back under load."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import pytest

from config.dev.ports import free_ports
from config.dev.processes import CHECKOUT, Program
from config.dev.programs import Shop as Programs
from tests.harness.crowd import WAYS, Crowd
from tests.harness.pages import Terminal, blocks
from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE, new_product

PAGE = CHECKOUT / "docs" / "extracting-a-context.md"
CONTEXT = os.environ.get("CONTEXT") or {"sqlite": "payments", "mongodb": "catalog"}[STORE]
"""Which is moved; the page is about any."""
STOCK = 5000
SECONDS = 900

pytestmark = [
    pytest.mark.skipif(SHAPE != "mono", reason="the page begins with a monolith"),
    pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None, reason="needs nginx"),
]


class Surroundings(Shop):
    """The servers that a shop stands on, and the auditor; the page starts the shop itself."""

    def _application(self, shop: Programs) -> list[Program]:
        return []


@pytest.fixture
def shop() -> Iterator[Surroundings]:
    """Without web and workers. Leases are as in production: nothing is killed."""
    running = Surroundings(STORE, env={"TRUSTED_PROXIES": "127.0.0.1", "SHOP_LEASE_SECONDS": "30"})
    yield running
    running.stop()


@pytest.fixture
def terminal(shop: Surroundings) -> Iterator[Terminal]:
    """In which the page is pasted."""
    ports = dict(zip(("FIRST", "SECOND", "UNIT", "OFFICE", "INNER"), map(str, free_ports(5)), strict=True))
    words = {"CONTEXT": CONTEXT, "DIR": str(shop.folder / "moving"), "PY": sys.executable, "PATH": PATH}
    opened = Terminal({**shop.values, **ports, **words}, shop.folder, seconds=SECONDS)
    yield opened
    opened.close()


PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def test_a_context_moves_out_and_back_while_people_buy(shop: Surroundings, terminal: Terminal) -> None:
    page = blocks(PAGE.read_text(encoding="utf-8"))
    sku = new_product(shop, stock=STOCK, price=1500)
    for block in page[:2]:
        assert terminal.paste(block.commands) == block.printed
    assert len(page) == 10
    with Crowd(shop, sku) as crowd:
        for block in page[2:]:
            crowd.go_on(2)
            assert terminal.paste(block.commands) == block.printed, block.commands
        crowd.go_on(3)
    print(f"\n{len(crowd.finished)} purchases; asked to come again: {dict(crowd.refused)}")
    assert crowd.broken == []
    assert sum(crowd.refused.values()) <= len(crowd.finished) / 10, "nobody need notice that something is moved"
    shop.check_invariants()
    every_order_came_to_its_end(shop, crowd, sku)


def every_order_came_to_its_end(shop: Shop, crowd: Crowd, sku: str) -> None:
    """As its buyer wanted, and the shelf has exactly what was not bought."""
    facts = shop.facts()
    wanted = {number: "cancelled" if way == WAYS[2] else "confirmed" for _, way, number in crowd.finished}
    assert {order["number"]: order["status"] for order in facts["orders"].values()} == wanted
    sold = list(wanted.values()).count("confirmed")
    assert (facts["stock"][sku]["sold"], facts["stock"][sku]["available"]) == (sold, STOCK - sold)
    assert sum(found["received"] - found["refunded"] for found in facts["provider"].values()) == sold * (1500 + 495)
    assert {name: count for name, count in facts["pending"].items() if "dead" in name and count} == {}
