"""`make bench ARGS=scale`: what lists, searches, facets and details cost among many products beside a few.

Two shops, one of each size, side by side, each in a process of its own that calls the shop's WSGI application
directly: no server and no socket dilute the difference. Both are asked in turns, for pages of as many products as
both have: a card more takes its time in a shop of any size. `--data` keeps the shops for the next time (a million
products take a while to make); STORE=mongodb with `--uri` measures on a replica set.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from config.dev.processes import CHECKOUT, PYTHON

FACETS, TOTAL = "include=facets", "include=total"
QUESTIONS = {
    "list": "/products",
    "list by name": "/products?sort=name",
    "category": "/products?category=kitchen",
    "detail": "/products/bulk-500",
    "filter by brand": "/products?brand=quarry",
    "filter by colour, available": "/products?option.color=blue&available=true",
    "category by price": "/products?category=kitchen&sort=price_asc",
    "price range, dearest first": "/products?price_min=2000&price_max=6000&sort=price_desc",
    "search a word": "/products?q=mug",
    "search two words": "/products?q=nordic+mug",
    "search unfinished": "/products?q=noteb",
    "search misspelt": "/products?q=nordik",
    "search by price": "/products?q=lamp&sort=price_asc",
    "search in a category": "/products?q=soft&category=drinkware&tag=gift",
    "total of a search": f"/products?q=mug&{TOTAL}",
    "facets of everything": f"/products?{FACETS}",
    "facets of a category": f"/products?category=kitchen&{FACETS}",
    "facets of a search": f"/products?q=mug&brand=quarry&{FACETS}",
    "facets of what is available": f"/products?category=kitchen&available=true&{FACETS}",
}
COLD = (
    "search a word",
    "search misspelt",
    "facets of everything",
    "facets of a category",
    "facets of a search",
    "facets of what is available",
)
"""Asked once more as in a shop that has just changed and where nobody asked before."""
COLD_TIMES = 5
DEEP = {
    "list": "/products?limit=20",
    "list by name": "/products?sort=name&limit=20",
    "category by price": "/products?category=kitchen&sort=price_asc&limit=20",
    "search a word": "/products?q=mug&limit=20",
    "filter, by name": "/products?available=true&sort=name&limit=20",
}
"""Of these page 500 is compared with page 1, in the big shop."""
BAR, DEEP_BAR = 1.3, 1.2


class Sized:
    """One shop of one size, in a process of its own."""

    def __init__(self, products: int, folder: Path, uri: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        env = {**os.environ, "SHOP_ENV_FILE": "", "SHOP_DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"}
        if uri:
            env["DATABASE_URL"] = uri.replace("/?", f"/scale{products}?")
        argv = (PYTHON, "-m", "tests.bench.sized", str(products))
        self._process = subprocess.Popen(
            argv, cwd=CHECKOUT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ready = self._read()

    def ask(self, path: str, times: int, *, cold: bool = False) -> list[float]:
        """Milliseconds of each answer."""
        found: list[float] = self._say({"ask": path, "times": times, "cold": cold})
        return found

    def cards(self, path: str) -> int | None:
        """How many products that page shows; None for what is no list."""
        shown: int | None = self._say({"cards": path})
        return shown

    def page(self, path: str, number: int) -> str:
        """The address of that page of a list."""
        return str(self._say({"page": number, "of": path}))

    def stop(self) -> None:
        """End it."""
        self._process.communicate("", timeout=30)

    def _say(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The shop has ended; its complaint is above.")
        return json.loads(line)


def main(argv: list[str]) -> int:
    """0, or 1 when a bar was to be checked and is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench scale", description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--times", type=int, default=20, help="requests in each round")
    parser.add_argument("--deep", type=int, default=500, help="the page that is compared with page 1")
    parser.add_argument("--data", type=Path, help="where the two shops are kept")
    parser.add_argument("--uri", default="", help="mongodb://.../?replicaSet=...: both shops get databases there")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bar is missed")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="shop-scale-") as temporary:
        data = asked.data or Path(temporary)
        shops = [Sized(count, data / str(count), asked.uri) for count in (asked.few, asked.many)]
        try:
            for shop in shops:
                print(shop.ready, flush=True)
            missed = _sizes(shops, asked) + _depths(shops[1], asked)
        finally:
            for shop in shops:
                shop.stop()
    return 1 if asked.check and missed else 0


def _sizes(shops: list[Sized], asked: argparse.Namespace) -> int:
    print(f"\n{'median ms':34}{asked.few:>12,}{asked.many:>12,}{'ratio':>8}   bar {BAR}")
    rows = [(name, path, False) for name, path in QUESTIONS.items()]
    rows += [(f"{name}, cold", QUESTIONS[name], True) for name in COLD]
    missed = 0
    for name, question, cold in rows:
        path = _as_long(question, shops)
        few: list[float] = []
        many: list[float] = []
        for shop in shops:
            shop.ask(path, asked.times)
        for number in range(asked.rounds):
            for shop, times in ((shops[0], few), (shops[1], many))[:: 1 if number % 2 else -1]:
                times.append(median(shop.ask(path, min(asked.times, COLD_TIMES) if cold else asked.times, cold=cold)))
        missed += _row(name, min(few), min(many), 0 if cold else BAR)
    return missed


def _as_long(path: str, shops: list[Sized]) -> str:
    """The same question for a page that both shops can fill."""
    shown = [cards for shop in shops if (cards := shop.cards(path)) is not None]
    return f"{path}{'&' if '?' in path else '?'}limit={max(1, min(shown))}" if shown else path


def _depths(shop: Sized, asked: argparse.Namespace) -> int:
    print(
        f"\n{f'median ms among {asked.many:,}':34}{'page 1':>12}{f'page {asked.deep}':>12}{'ratio':>8}   bar {DEEP_BAR}"
    )
    missed = 0
    for name, path in DEEP.items():
        pages = (path, shop.page(path, asked.deep))
        found: tuple[list[float], list[float]] = ([], [])
        for number in range(asked.rounds):
            for page, times in list(zip(pages, found, strict=True))[:: 1 if number % 2 else -1]:
                times.append(median(shop.ask(page, asked.times)))
        missed += _row(name, min(found[0]), min(found[1]), DEEP_BAR)
    return missed


def _row(name: str, one: float, other: float, bar: float) -> int:
    ratio = other / one
    missed = bool(bar) and ratio > bar
    print(f"{name:34}{one:12.3f}{other:12.3f}{ratio:8.2f}{'   MISSED' if missed else ''}", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
