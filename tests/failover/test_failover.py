"""An instance of catalog and one of orders die or freeze while people read and buy: nobody's read is lost, no order
is placed twice, and nobody sees an error that does not say when to come again."""

from __future__ import annotations

import http.client
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import urllib3

from tests.buyer import Buyer
from tests.failover.twice import Twice
from tests.harness.crowd import WAYS, Crowd
from tests.scenes import SHAPE, STORE, new_product

STOCK, PRICE = 1000, 700
HURRY_SECONDS = 1.0
PATIENT_SECONDS = 300.0
"""Only a test that fails waits so long."""

pytestmark = [
    pytest.mark.skipif(SHAPE != "split", reason="two instances of a unit are before nginx"),
    pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None, reason="needs nginx"),
]


class Readers:
    """Each reads one page again and again, past the cache, and never twice because the first time failed."""

    def __init__(self, shop: Twice, order: Buyer) -> None:
        self._going = True
        self.answers: list[tuple[float, str, object]] = []
        """When it was asked, what, and the status or what was raised instead."""
        token = {"Authorization": order.authorization}
        pages = {
            "/products?limit=5": {"Cookie": "seen=1"},
            "/products?limit=7": {"Cookie": "seen=1"},
            f"/orders/{order.order['number']}": token,
            f"/orders/{order.order['number']}?again=1": token,
        }
        self._address = urlsplit(shop.url).netloc
        self._threads = [threading.Thread(target=self._read_on, args=(page, pages[page])) for page in pages]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join(PATIENT_SECONDS)

    def go_on(self) -> None:
        """Wait until every one of them has been answered twice more."""
        since, until = time.monotonic(), time.monotonic() + PATIENT_SECONDS
        while True:
            later = Counter(page for at, page, _ in list(self.answers) if at > since)
            if len(later) == len(self._threads) and min(later.values()) >= 2:
                return
            assert time.monotonic() < until, later
            time.sleep(0.2)

    def _read_on(self, page: str, headers: dict[str, str]) -> None:
        while self._going:
            began, connection = time.monotonic(), http.client.HTTPConnection(self._address, timeout=PATIENT_SECONDS)
            said: object
            try:
                connection.request("GET", f"/api/v1{page}", headers=headers)
                answer = connection.getresponse()
                answer.read()
                said = answer.status
            except (OSError, http.client.HTTPException) as error:
                said = repr(error)
            finally:
                connection.close()
            self.answers.append((began, page, said))
            time.sleep(0.2)


class Hurried:
    """Each posts an order with one key, does not wait for the answer, and posts it again."""

    def __init__(self, shop: Twice, sku: str, count: int) -> None:
        buyers = [shop.buyer() for _ in range(count)]
        self._tries = [(buyer, buyer.fill_cart((sku, 1)), uuid4().hex) for buyer in buyers]
        self._http = urllib3.PoolManager(maxsize=count, retries=False, timeout=HURRY_SECONDS)

    def post(self) -> int:
        """All at once; how many got no answer."""
        with ThreadPoolExecutor(len(self._tries)) as pool:
            return sum(pool.map(lambda one: self._is_lost(*one), self._tries))

    def post_again(self) -> None:
        """All at once, until there is an answer."""
        with ThreadPoolExecutor(len(self._tries)) as pool:
            answers = list(pool.map(lambda one: one[0].place(*one[1:]), self._tries))
        assert {answer.status for answer in answers} <= {201, 202}, answers

    def cancel(self) -> list[str]:
        """All give up; the numbers of their orders."""
        for buyer, *_ in self._tries:
            buyer.cancel()
        return [buyer.order["number"] for buyer, *_ in self._tries]

    def _is_lost(self, buyer: Buyer, cart: str, key: str) -> bool:
        try:
            self._http.request(
                "POST", buyer.url("/orders"), json=buyer.order_body(cart), headers={"Idempotency-Key": key}
            )
        except urllib3.exceptions.HTTPError:
            return True
        return False


@pytest.fixture
def shop() -> Iterator[Twice]:
    """Six services, two instances of two of them."""
    running = Twice(STORE, SHAPE)
    yield running
    running.stop()


def test_an_instance_dies_and_another_freezes_without_a_lost_read_or_a_doubled_order(shop: Twice) -> None:
    sku = new_product(shop, stock=STOCK, price=PRICE)
    regular, hurried = shop.buyer(), Hurried(shop, sku, 6)
    regular.buy((sku, 1))
    with Crowd(shop, sku, threads=2) as people, Readers(shop, regular) as readers:
        people.go_on(1)
        for name in ("web-catalog-2", "web-orders-2"):
            shop.kill(name)
        readers.go_on()
        people.go_on(1)
        for name in ("web-catalog-2", "web-orders-2"):
            shop.start(name)
        with shop.frozen("web-catalog", "web-orders"):
            assert hurried.post() > 0, "the frozen instance was asked, and does what it was asked when it thaws"
            with ThreadPoolExecutor(1) as pool:
                again = pool.submit(hurried.post_again)
                readers.go_on()
        again.result()
        people.go_on(1)
    print(f"\n{len(people.finished)} purchases, {len(readers.answers)} reads; asked again: {dict(people.refused)}")
    assert Counter(said for *_, said in readers.answers) == {200: len(readers.answers)}
    assert people.broken == []
    assert not [what for what in people.refused if " 500" in what]

    regular.cancel()
    given_up = [regular.order["number"], *hurried.cancel()]
    shop.check_invariants()
    facts = shop.facts()
    wanted = {number: "cancelled" if way == WAYS[2] else "confirmed" for _, way, number in people.finished}
    wanted |= dict.fromkeys(given_up, "cancelled")
    assert {order["number"]: order["status"] for order in facts["orders"].values()} == wanted
    sold = list(wanted.values()).count("confirmed")
    assert (facts["stock"][sku]["sold"], facts["stock"][sku]["available"]) == (sold, STOCK - sold)
