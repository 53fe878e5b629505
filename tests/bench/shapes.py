"""`make bench ARGS=shapes`: six services beside the monolith, both behind nginx, in turns in one run.

Pages are read from the edge's cache, as everybody gets them, and past it, as whoever sends a cookie does. A purchase is
POST /orders, payment at Stripe, and looking every 20 ms until it is confirmed: one buyer after another for the latency,
four at once until all is quiet for the CPU. ARGS="shapes --check" exits with 1 when a bar is missed; STORE=mongodb.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

from config.contexts import CONTEXTS
from config.dev import programs
from config.dev.ports import HOST
from config.dev.processes import Program
from config.dev.units import Unit, gateway
from tests.bench.client import load, read_request
from tests.bench.product import LIKE_THE_PRODUCT
from tests.bench.usage import cpu_seconds, memory_mib, tree
from tests.bench.writes import order_and_pay
from tests.buyer import Buyer
from tests.harness.shop import Shop

BARS = {"purchase": 1.5, "browsing": 1.1}
OURS = ("web", "worker", "gateway")
PERSONAL = {"Cookie": "seen=1"}
"""The edge answers nobody from its cache who sends a cookie."""
LOOK_SECONDS = 0.02
WARMING = 6
AT_ONCE = 4
PER_SECOND = 150
"""Below the edge's limit for one address."""


class Monolith(Shop):
    """As `make up` starts it, and nginx before it, as in production."""

    def _application(self, shop: programs.Shop) -> list[Program]:
        behind = self._unit_ports[0]
        values = {**self.values, "SHOP_PORT": str(behind), "REDIS_URL": "", "EMAIL_URL": ""}
        front = self.ports["SHOP_PORT"]
        edge = gateway([Unit(CONTEXTS, behind)], behind, front, shop.env.data_dir / "gateway")
        ready = f"http://{HOST}:{front}/healthz"
        return [
            *programs.application(programs.shop(values, "sqlite")),
            Program("gateway", edge, shop.values, is_ready=lambda: programs.answers(ready)),
        ]


@dataclass(slots=True)
class Measured:
    """One shape of the shop, and all that was seen of it. Times in milliseconds."""

    name: str
    shop: Shop
    skus: list[str]
    slug: str
    times: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    memory: float = 0

    @contextmanager
    def metered(self, what: str, count: int) -> Iterator[None]:
        """CPU of all our processes for each of `count` things done inside."""
        pids = self.pids()
        before = cpu_seconds(pids)
        yield
        self.cpu.setdefault(what, []).append((cpu_seconds(pids) - before) * 1000 / count)

    def pids(self, *names: str) -> list[int]:
        """Of the shop's own processes, all or these: not the fakes, the broker and the store."""
        return [pid for process in self.shop.processes(*(names or OURS)) for pid in tree(process.pid)]

    def percentile(self, what: str, share: float) -> float:
        """What `share` of them did not exceed."""
        ordered = sorted(self.times[what])
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main(argv: list[str]) -> int:
    """0, or 1 when a bar was to be checked and is missed."""
    asked = _arguments(argv)
    store = os.environ.get("STORE") or "sqlite"
    with ExitStack() as running:
        both = [_started(running, name, store, asked.products) for name in ("mono", "split")]
        for number in range(asked.rounds):
            for one in both if number % 2 == 0 else both[::-1]:
                _browse(one, asked.seconds)
                _purchases(one, asked.purchases)
            print(f"round {number + 1} of {asked.rounds}", flush=True)
        for one in both:
            _at_once(one, asked.at_once)
            _rest(one)
            one.memory = memory_mib(one.pids())
        reached = _told(*both)
    return 1 if asked.check and not reached else 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench shapes", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=6, help="turns of each shape")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn of each page")
    parser.add_argument("--purchases", type=int, default=12, help="one after another in a turn")
    parser.add_argument("--at-once", type=int, default=60, help="purchases for the CPU, four at once")
    return parser.parse_args(argv)


def _started(running: ExitStack, name: str, store: str, products: int) -> Measured:
    print(f"Starting {name} on {store} ...", flush=True)
    env = {**LIKE_THE_PRODUCT, "TRUSTED_PROXIES": HOST}
    shop = (
        Monolith(store, "mono", env=env, forked=False)
        if name == "mono"
        else Shop(store, "split", env=env, forked=False)
    )
    running.callback(shop.stop)
    shop.call("tests.bench.shelves.fill", products=products)
    shop.quiesce(60)
    skus = shop.call("tests.bench.shelves.skus", count=50, each=10)
    made = Measured(name, shop, skus, str(shop.call("tests.bench.shelves.a_slug")))
    for sku in skus[:WARMING]:
        _buy(made, sku)
    made.times.clear()
    return made


def _browse(one: Measured, seconds: float) -> None:
    for page, path in (("list", "/products"), ("detail", f"/products/{one.slug}")):
        url = f"{one.shop.url}/api/v1{path}"
        for what, headers in ((f"{page}, cached", {}), (f"{page}, past the cache", PERSONAL)):
            request = read_request(url, **headers)
            load(url, islice(_calmly(request), 8), in_flight=1)
            pids = one.pids("web", "gateway")
            before = cpu_seconds(pids)
            done = load(url, _calmly(request), seconds=seconds, in_flight=1)
            one.cpu.setdefault(what, []).append((cpu_seconds(pids) - before) * 1000 / done.requests)
            one.times.setdefault(what, []).extend(1000 * latency for latency in done.latencies)


def _calmly(request: bytes) -> Iterator[bytes]:
    """As fast as the edge lets one address ask."""
    while True:
        yield request
        time.sleep(1 / PER_SECOND)


def _purchases(one: Measured, count: int) -> None:
    for place in range(count):
        _buy(one, one.skus[place % len(one.skus)])


def _buy(one: Measured, sku: str) -> None:
    buyer = one.shop.buyer()
    cart = buyer.fill_cart((sku, 1))
    started = time.perf_counter()
    placed_at = order_and_pay((buyer, cart))
    while buyer.look()["status"] != "confirmed":
        time.sleep(LOOK_SECONDS)
    one.times.setdefault("purchase", []).append(1000 * (time.perf_counter() - started))
    one.times.setdefault("POST /orders", []).append(1000 * (placed_at - started))


def _at_once(one: Measured, count: int) -> None:
    one.shop.quiesce()
    ready: list[tuple[Buyer, str]] = []
    for place in range(count):
        buyer = one.shop.buyer()
        ready.append((buyer, buyer.fill_cart((one.skus[place % len(one.skus)], 1))))
    started = time.perf_counter()
    with one.metered("purchase", count):
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(order_and_pay, ready))
        one.shop.quiesce()
    one.times["a purchase of four at once"] = [1000 * (time.perf_counter() - started) / count]


def _rest(one: Measured) -> None:
    """In parts, of which the median counts: now and then a long job is due."""
    for _ in range(5):
        with one.metered("at rest, a second", 3):
            time.sleep(3)


def _told(mono: Measured, split: Measured) -> bool:
    """The table; whether all bars are reached."""
    print(f"\n{'':30}{'mono':>9}{'split':>9}{'ratio':>8}")
    ratios: dict[str, float] = {}
    for what in mono.times:
        for name, share in (("p50", 0.5), ("p95", 0.95)) if len(mono.times[what]) > 1 else (("", 0.5),):
            a, b = mono.percentile(what, share), split.percentile(what, share)
            ratios[f"{what} {name}"] = b / a
            _row(f"{what} {name} ms", a, b)
    for what in mono.cpu:
        _row(f"CPU {what} ms", median(mono.cpu[what]), median(split.cpu[what]))
    _row("memory of our processes MiB", mono.memory, split.memory)
    browsing = [f"{page}, {way} p50" for page in ("list", "detail") for way in ("cached", "past the cache")]
    bars = {"purchase p50": BARS["purchase"], **dict.fromkeys(browsing, BARS["browsing"])}
    missed = {what: bar for what, bar in bars.items() if ratios[what] > bar}
    for what, bar in bars.items():
        print(f"  {what}: {ratios[what]:.2f} (bar {bar}: {'MISSED' if what in missed else 'reached'})")
    return not missed


def _row(name: str, mono: float, split: float) -> None:
    print(f"{name:30}{mono:9.2f}{split:9.2f}{split / mono:8.2f}")
