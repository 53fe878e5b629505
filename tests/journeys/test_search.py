"""Search of the running product: fresh in every web process within two seconds, also after the death of all of them."""

from __future__ import annotations

import time
from urllib.parse import quote

from tests.buyer import ask
from tests.harness.shop import Shop
from tests.scenes import new_product

FRESH_SECONDS = 2.0
PROBES = 12
"""Each with a connection of its own, so that both web processes are among those that answer."""


def found(shop: Shop, sku: str, query: str) -> list[str]:
    answer = ask("GET", f"{shop.address_of('catalog')}/api/v1/products?q={quote(sku)}&{query}", connection="close")
    assert answer.status in {200, 503}, answer
    return [card["slug"] for card in answer.body["data"]] if answer.status == 200 else ["not yet"]


def seconds_until(shop: Shop, sku: str, query: str, expected: list[str]) -> float:
    """How long it takes until all probes in a row find this."""
    started = time.monotonic()
    while seen := [some for _ in range(PROBES) if (some := found(shop, sku, query)) != expected]:
        assert time.monotonic() < started + 30, (query, expected, seen, shop.log("web")[-2000:])
        time.sleep(0.05)
    return time.monotonic() - started


def test_a_new_price_is_searched_by_within_two_seconds_in_every_process(shop: Shop) -> None:
    sku = new_product(shop, stock=5, price=1200)
    slug = sku.lower()
    seconds_until(shop, sku, "price_max=1200", [slug])
    took = []
    for price in (1000, 900, 800):  # a machine under load may be late once
        shop.call("tests.goods.new_price", sku=sku, price=price)
        took.append(seconds_until(shop, sku, f"price_max={price}", [slug]))
    assert min(took) < FRESH_SECONDS, took
    assert found(shop, sku, "price_min=801") == []


def test_search_outlives_the_death_of_all_web_processes(shop: Shop) -> None:
    sku = new_product(shop, stock=5, price=1200)
    shop.kill("web")
    other = new_product(shop, stock=5, price=1300)
    shop.start("web")
    seconds_until(shop, sku, "", [sku.lower()])
    seconds_until(shop, other, "price_min=1300", [other.lower()])
