"""People who buy, cancel and look around without a pause while something is done to the shop."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Self
from unittest.mock import patch

import urllib3

from tests import buyer as buyers
from tests.buyer import DECLINED_CARD, Answer, Buyer, insist
from tests.harness.shop import Shop

WAYS = ("bought", "bought with the second card", "bought and cancelled")
PATIENCE_SECONDS = 300.0
"""Only a test that fails waits so long."""
PAUSE_SECONDS = 1.0
"""Between two purchases of one thread: the machine has something else to do."""


class Crowd:
    """So many threads, each with one purchase after another. Leave the `with` and all have finished theirs."""

    def __init__(self, shop: Shop, sku: str, *, threads: int = 3) -> None:
        self._shop, self._sku = shop, sku
        self._going = True
        self._lock = threading.Lock()
        self.finished: list[tuple[float, str, str]] = []
        """When it began, which way it went, the number of the order."""
        self.refused: Counter[str] = Counter()
        """Answers that asked to come again, by what was asked and the status; and those that did not come at all."""
        self.broken: list[str] = []
        """What no client may see."""
        self._threads = [threading.Thread(target=self._buy_on, args=(place,)) for place in range(threads)]
        self._threads.append(threading.Thread(target=self._browse))
        self._spying = patch.object(buyers, "ask", self._seen(buyers.ask))

    def __enter__(self) -> Self:
        self._spying.start()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self._spying.stop()

    def go_on(self, count: int) -> None:
        """Wait until so many purchases that begin after now are finished: the shop works as it is now."""
        since, until = time.monotonic(), time.monotonic() + PATIENCE_SECONDS
        while sum(began > since for began, _, _ in list(self.finished)) < count:
            assert not self.broken, self.broken
            if time.monotonic() > until:
                raise TimeoutError(f"nobody can buy any more: {self.refused}")
            time.sleep(0.05)

    def _buy_on(self, place: int) -> None:
        turn = place
        while self._going:
            began, way = time.monotonic(), WAYS[turn % len(WAYS)]
            turn += 1
            try:
                number = self._buy(way)
            except BaseException as error:  # noqa: BLE001  # told by the test
                self.broken.append(f"{way}: {error!r}")
                return
            with self._lock:
                self.finished.append((began, way, number))
            time.sleep(PAUSE_SECONDS)

    def _buy(self, way: str) -> str:
        buyer: Buyer = self._shop.buyer()
        placed = buyer.buy((self._sku, 1))
        assert placed.status in {201, 202}, placed
        if way == WAYS[1]:
            assert buyer.pay(DECLINED_CARD).status == 402
        paid = buyer.pay()
        assert paid.status == 200, paid
        buyer.await_status("confirmed", seconds=PATIENCE_SECONDS)
        if way == WAYS[2]:
            cancelled = buyer.cancel()
            assert cancelled.status in {200, 202}, cancelled
            buyer.await_status("cancelled", seconds=PATIENCE_SECONDS)
        return str(buyer.order["number"])

    def _browse(self) -> None:
        while self._going:
            answer = insist("GET", f"{self._shop.url}/api/v1/products?limit=20")
            if answer.status != 200:
                self.broken.append(f"list: {answer}")
                return
            time.sleep(0.1)

    def _seen(self, ask: Callable[..., Answer]) -> Callable[..., Answer]:
        """`ask`, and every answer that is none is counted; what has no Retry-After is a fault of the shop."""

        def seen(method: str, url: str, *arguments: Any, **named: Any) -> Answer:
            what = f"{method} {url.partition('/api/v1/')[2].partition('/')[0]}"
            try:
                answer = ask(method, url, *arguments, **named)
            except urllib3.exceptions.HTTPError as error:
                with self._lock:
                    self.refused[f"{what} {type(error).__name__}"] += 1
                raise
            if answer.status >= 500:
                with self._lock:
                    self.refused[f"{what} {answer.status} {answer.code}"] += 1
                    if "retry-after" not in answer.headers:
                        self.broken.append(f"{what}: {answer}")
            return answer

        return seen
