"""Carts and whole purchases: what they cost our processes, the fake Stripe's share kept apart."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import uuid4

from tests.bench.client import load, write_of
from tests.bench.usage import cpu_seconds, tree
from tests.buyer import Buyer
from tests.harness.shop import Shop

OURS = ("web", "worker")
AROUND = ("stripe", "valkey", "mongod")
LOOK_SECONDS = 0.02
WARMING = 64
WARMING_PURCHASES = 5


@dataclass(slots=True)
class Writes:
    """One kind of write."""

    count: int
    seconds: float
    latencies: list[float]
    cpu_ms: dict[str, float]
    """Per write, by program."""
    notes: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Writes per second."""
        return self.count / self.seconds

    @property
    def ours_ms(self) -> float:
        """CPU of our processes per write."""
        return sum(self.cpu_ms[name] for name in OURS)

    def percentile(self, share: float) -> float:
        """The latency in ms that `share` of the writes did not exceed."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Meter:
    """CPU by program since it was made."""

    def __init__(self, shop: Shop) -> None:
        self._pids = {name: tree(shop.process(name).pid) for name in (*OURS, *AROUND) if shop.has(name)}
        self._before = {name: cpu_seconds(pids) for name, pids in self._pids.items()}
        self._started = time.perf_counter()

    def per(self, count: int) -> dict[str, float]:
        """Milliseconds of each program for each of `count` things done."""
        return {name: (cpu_seconds(pids) - self._before[name]) * 1000 / count for name, pids in self._pids.items()}


def idle(shop: Shop, seconds: float) -> dict[str, float]:
    """CPU in ms that each program uses in a second of doing nothing: ticks of beat and their jobs."""
    meter = _Meter(shop)
    time.sleep(seconds)
    return {name: ms / seconds for name, ms in meter.per(1).items()}


def add_to_cart(shop: Shop, skus: list[str], count: int) -> Writes:
    """The first line of `count` carts that were made before; some more before them, so that every thread is warm."""
    buyer = shop.buyer()
    requests = [
        write_of(buyer.url(f"/carts/{buyer.fill_cart()}/lines"), {"sku": skus[i % len(skus)], "quantity": 1})
        for i in range(count + WARMING)
    ]
    load(shop.url, requests[count:], in_flight=16)
    meter = _Meter(shop)
    done = load(shop.url, requests[:count])
    return Writes(count, done.seconds, done.latencies, meter.per(count))


def purchases(shop: Shop, skus: list[str], count: int, *, at_once: int = 4) -> Writes:
    """From POST /orders over paying at Stripe to a confirmed order with its mail sent.

    Latency is of buyers who come one after another and look every 20 ms whether the order is confirmed; rate and CPU
    are of as many who come at once and do not look, until nothing is pending anywhere.
    """
    for sku in skus[:WARMING_PURCHASES]:
        _buy_and_wait(shop, sku)
    latencies = [_buy_and_wait(shop, skus[i % len(skus)]) for i in range(count)]
    shop.quiesce(120)
    buyers = [shop.buyer() for _ in range(count)]
    ready = [(buyer, buyer.fill_cart((skus[i % len(skus)], 1))) for i, buyer in enumerate(buyers)]
    meter, started = _Meter(shop), time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(order_and_pay, ready))
    took = time.perf_counter() - started
    shop.quiesce(120)
    until_quiet = time.perf_counter() - started
    bought = Writes(count, until_quiet, latencies, meter.per(count))
    bought.notes.append(f"{count / took:.1f} orders placed and paid a second, {bought.rate:.1f} finished")
    for buyer, _ in ready:
        assert buyer.look()["status"] == "confirmed"
    return bought


def order_and_pay(one: tuple[Buyer, str]) -> float:
    """Order the cart and pay it; when the order was placed."""
    buyer, cart = one
    placed = buyer.place(cart, uuid4().hex)
    placed_at = time.perf_counter()
    assert placed.status == 201, placed
    paid = buyer.confirm(placed.body["payment"]["client_secret"])
    assert paid.status == 200, paid
    return placed_at


def _buy_and_wait(shop: Shop, sku: str) -> float:
    buyer = shop.buyer()
    cart = buyer.fill_cart((sku, 1))
    started = time.perf_counter()
    order_and_pay((buyer, cart))
    while buyer.look()["status"] != "confirmed":
        time.sleep(LOOK_SECONDS)
    return time.perf_counter() - started
