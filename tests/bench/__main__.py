"""`make bench`: what a shop with 1,000 products costs beside the least that could do it, all in one run.

ARGS="--check" exits with 1 when a bar is missed; STORE=mongodb measures on a MongoDB replica set.
ARGS="scale" measures a million products beside a thousand instead, see tests/bench/scale.py; ARGS="shapes" six services
beside the monolith, see tests/bench/shapes.py; ARGS="edge" the gateway's cache beside static files, see
tests/bench/edge.py.
"""

from __future__ import annotations

import argparse
import os
import sys
from statistics import median

from tests.bench import edge, scale, shapes
from tests.bench.logins import browsing_beside_logins
from tests.bench.product import LIKE_THE_PRODUCT
from tests.bench.reads import PAGES, Series, measure, ratio
from tests.bench.rivals import rivals
from tests.bench.usage import memory_mib, tree
from tests.bench.writes import OURS, Writes, add_to_cart, idle, purchases
from tests.harness.shop import Shop

BAR = 0.8
BESIDE_LOGINS = 0.9
HEAD = f"{'':27}{'rate/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'MiB':>7}"


def main() -> int:
    """0, or 1 when a bar was to be checked and is missed."""
    if sys.argv[1:2] == ["scale"]:
        return scale.main(sys.argv[2:])
    if sys.argv[1:2] == ["shapes"]:
        return shapes.main(sys.argv[2:])
    if sys.argv[1:2] == ["edge"]:
        return edge.main(sys.argv[2:])
    asked = _arguments()
    store = os.environ.get("STORE") or "sqlite"
    print(f"Starting a shop on {store} with {asked.products} products and the demo ...", flush=True)
    shop = Shop(store, "mono", env=LIKE_THE_PRODUCT, forked=False)
    try:
        on_sale = shop.call("tests.bench.shelves.fill", products=asked.products)
        shop.quiesce(60)
        print(f"{on_sale} products on sale; 4 requests at a time; CPU is of the server's processes per request.\n")
        reached = True
        if not asked.logins_only:
            reached = _reads(shop, asked)
        reached &= _logins(shop, asked)
        if not (asked.reads_only or asked.logins_only):
            _writes(shop, asked)
    finally:
        shop.stop()
    return 1 if asked.check and not reached else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    parser.add_argument("--reads-only", action="store_true", help="leave carts and purchases out")
    parser.add_argument("--logins-only", action="store_true", help="only browsing beside logins")
    parser.add_argument("--products", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each server")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of a turn")
    parser.add_argument("--carts", type=int, default=400)
    parser.add_argument("--purchases", type=int, default=40)
    return parser.parse_args()


def _reads(shop: Shop, asked: argparse.Namespace) -> bool:
    with rivals(shop) as three:
        found = measure(three, rounds=asked.rounds, seconds=asked.seconds)
    print(HEAD)
    reached = True
    lines = []
    for page in PAGES:
        ours = found[page, "shop"]
        for (of, name), series in found.items():
            if of == page:
                print(_row(f"{page} {name} ({series.bytes_each:,} B)", series))
        for name in ("bare Granian", "bare Django"):
            against = ratio(ours, found[page, name])
            lines.append(f"  {page} beside {name}: rate {against.rate:.2f}, CPU {against.cpu:.2f}")
            if name == "bare Django":
                passed = min(against.rate, against.cpu) >= BAR
                reached &= passed
                lines[-1] += f"   (bar {BAR}: {'reached' if passed else 'MISSED'})"
    print("\nHow the shop does beside the bare ones, 1.00 being as good (median of the turns):", *lines, sep="\n")
    return reached


def _logins(shop: Shop, asked: argparse.Namespace) -> bool:
    found = browsing_beside_logins(shop, rounds=2 * asked.rounds, seconds=asked.seconds)
    passed = found.share >= BESIDE_LOGINS
    answers = ", ".join(f"{count} times {status}" for status, count in sorted(found.logins.items()))
    print(
        f"\nlist: {median(found.alone):.0f}/s alone, {median(found.beside):.0f}/s beside logins"
        f" which leave {found.share:.2f}   (bar {BESIDE_LOGINS}: {'reached' if passed else 'MISSED'})\n"
        f"  logins: {answers}"
    )
    return passed


def _row(name: str, series: Series) -> str:
    cells = (median(series.rates), series.percentile(0.5), series.percentile(0.99), median(series.cpu_ms))
    return f"{name:27}" + "{:9.0f}{:9.2f}{:9.2f}{:9.3f}".format(*cells) + f"{series.memory:7.0f}"


def _writes(shop: Shop, asked: argparse.Namespace) -> None:
    skus = shop.call("tests.bench.shelves.skus", count=50, each=5)
    print(f"\n{HEAD}")
    at_rest = idle(shop, 5)
    for name, made in (
        ("add to cart", add_to_cart(shop, skus, asked.carts)),
        ("whole purchase", purchases(shop, skus, asked.purchases)),
    ):
        memory = sum(memory_mib(tree(shop.process(program).pid)) for program in OURS)
        cells = (made.rate, made.percentile(0.5), made.percentile(0.99), made.ours_ms)
        print(f"{name:27}" + "{:9.1f}{:9.1f}{:9.1f}{:9.2f}".format(*cells) + f"{memory:7.0f}")
        print(f"  {_shares(made)}")
        for note in made.notes:
            print(f"  {note}")
    shares = ", ".join(f"{program} {ms:.1f}" for program, ms in at_rest.items())
    print(f"  at rest, ms of CPU in each second (not taken off above): {shares}")


def _shares(made: Writes) -> str:
    return "ms of CPU each: " + ", ".join(f"{program} {ms:.1f}" for program, ms in made.cpu_ms.items())


if __name__ == "__main__":
    sys.exit(main())
