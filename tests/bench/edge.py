"""`make bench ARGS=edge`: list and detail out of nginx' cache beside static files of the same size, in one run.

All four are answered by the same nginx, in the same server, under the same limits, with a request id, over the same
kept connections from many addresses. The rate is that of one Python client; what nginx spends on an answer says how
many it could give. ARGS="edge --check" exits with 1 when the bar is missed.
"""

from __future__ import annotations

import argparse
import socket
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from config.dev.ports import HOST
from tests.bench.client import read_request
from tests.bench.product import LIKE_THE_PRODUCT
from tests.bench.shapes import Monolith
from tests.bench.usage import tree
from tests.harness.shop import Shop

BAR = 0.9
CONNECTIONS = 32
"""Each from an address of its own: the edge lets one address read 2,000 times a second."""
STILL = """\
location ^~ /still/ {{
    root {root};
    default_type application/json;
    limit_req zone=readers burst=1000 nodelay;
    add_header X-Request-Id $safe_request_id always;
}}
"""


@dataclass(slots=True)
class Page:
    """One address, and what each of its turns showed."""

    url: str
    body: bytes
    rates: list[float] = field(default_factory=list)
    micros: list[float] = field(default_factory=list)
    """Of CPU that nginx spent on an answer."""


def main(argv: list[str]) -> int:
    """0, or 1 when the bar was to be checked and is missed."""
    asked = _arguments(argv)
    with ExitStack() as running:
        shop = Monolith("sqlite", "mono", env={**LIKE_THE_PRODUCT, "TRUSTED_PROXIES": HOST})
        running.callback(shop.stop)
        shop.call("tests.bench.shelves.fill", products=asked.products)
        shop.quiesce(60)
        pages = _pages(shop)
        pids = tree(shop.process("gateway").pid)
        everyone = [page for pair in pages.values() for page in pair]
        for number in range(asked.rounds + 1):
            for page in everyone if number % 2 else everyone[::-1]:
                _turn(page, pids, asked.seconds)
        for page in everyone:
            del page.rates[0], page.micros[0]  # while its caches were filled
        reached = _told(pages)
    return 1 if asked.check and not reached else 0


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench edge", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when the bar is missed")
    parser.add_argument("--products", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each page")
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a turn")
    return parser.parse_args(argv)


def _pages(shop: Shop) -> dict[str, tuple[Page, Page]]:
    """By name: the one from the cache, and the static file with the same body."""
    slug = str(shop.call("tests.bench.shelves.a_slug"))
    root = shop.folder / "root"
    (root / "still").mkdir(parents=True)
    found = {}
    for name, path in (("list", "/products"), ("detail", f"/products/{slug}")):
        kept = _fetched(f"{shop.url}/api/v1{path}")
        (root / "still" / name).write_bytes(kept.body)
        found[name] = (kept, Page(f"{shop.url}/still/{name}", kept.body))
    added = shop.folder / "gateway" / "shop.d"
    added.mkdir(exist_ok=True)
    (added / "still.conf").write_text(STILL.format(root=_readable(root)), encoding="utf-8")
    shop.restart("gateway")
    return found


def _fetched(url: str) -> Page:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return Page(url, answer.read())


def _readable(root: Path) -> Path:
    """By nginx' workers, if they run as somebody else."""
    for folder in (root.parent, root):
        folder.chmod(0o755)
    return root


def _turn(page: Page, pids: list[int], seconds: float) -> None:
    before = _nanoseconds(pids)
    answers, took = _flood(page, seconds)
    page.rates.append(answers / took)
    page.micros.append((_nanoseconds(pids) - before) / 1000 / answers)


def _nanoseconds(pids: list[int]) -> int:
    """That these processes of one thread have run so far."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)


def _flood(page: Page, seconds: float) -> tuple[int, float]:
    """How many answers came in how many seconds, one request under way on each connection."""
    parts = urlsplit(page.url)
    request, length = read_request(page.url), len(page.body)
    there = (str(parts.hostname), int(parts.port or 80))
    answers, data = 0, b""
    with ExitStack() as opened:
        connections = [
            opened.enter_context(socket.create_connection(there, 30, (f"127.0.1.{number + 1}", 0)))
            for number in range(CONNECTIONS)
        ]
        started = time.perf_counter()
        while (took := time.perf_counter() - started) < seconds:
            for one in connections:
                one.sendall(request)
            for one in connections:
                data = one.recv(262_144)
                while len(data) < data.find(b"\r\n\r\n") + 4 + length or b"\r\n\r\n" not in data:
                    data += one.recv(262_144)
                if data[9:12] != b"200":
                    raise RuntimeError(f"{page.url} answered {data[:200]!r}")
            answers += CONNECTIONS
    assert data.endswith(page.body)
    return answers, took


def _told(pages: dict[str, tuple[Page, Page]]) -> bool:
    """The table; whether the bar is reached."""
    print(f"{'':28}{'rate/s':>9}{'CPU us':>9}")
    missed = []
    for name, (kept, still) in pages.items():
        for what, page in ((f"{name}, cached", kept), (f"{name}, static file", still)):
            size = f"({len(page.body):,} B)"
            print(f"{what} {size:>{27 - len(what)}}{median(page.rates):9.0f}{median(page.micros):9.1f}")
    for name, (kept, still) in pages.items():
        rate = median(a / b for a, b in zip(kept.rates, still.rates, strict=True))
        cpu = median(b / a for a, b in zip(kept.micros, still.micros, strict=True))
        missed += [name] if min(rate, cpu) < BAR else []
        verdict = "MISSED" if name in missed else "reached"
        print(f"  {name} beside a static file: rate {rate:.2f}, CPU {cpu:.2f}   (bar {BAR}: {verdict})")
    return not missed
