"""The two servers that the shop is measured beside: as many granian workers and threads as web has."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.dev.ports import HOST, free_ports, is_listening
from config.dev.processes import Guard, Process, Program
from tests.harness.shop import Shop


@dataclass(frozen=True, slots=True)
class Rival:
    """One server, and where it answers what."""

    name: str
    process: Process
    pages: dict[str, str]
    """Addresses by "list" and "detail"."""


@contextmanager
def rivals(shop: Shop) -> Iterator[list[Rival]]:
    """Bare granian, bare Django, and the shop's own web: in this order, from the least work to the most."""
    slug = str(shop.call("tests.bench.shelves.a_slug"))
    ours = {"list": f"{shop.url}/api/v1/products", "detail": f"{shop.url}/api/v1/products/{slug}"}
    bodies = shop.folder / "bodies"
    bodies.mkdir()
    for name, url in ours.items():
        with urllib.request.urlopen(url, timeout=10) as answer:
            (bodies / name).write_bytes(answer.read())
    guard = Guard()
    started: list[Rival] = []
    try:
        for module in ("granian", "django"):
            [port] = free_ports(1)
            program = _like_web(shop, f"bare-{module}", f"tests.bench.bare_{module}:application", port)
            with (shop.folder / f"{program.name}.log").open("w", encoding="utf-8") as log:
                process = Process(program, guard, log)
            pages = {"list": f"http://{HOST}:{port}/list", "detail": f"http://{HOST}:{port}/detail/{slug}"}
            started.append(Rival(f"bare {module.capitalize()}", process, pages))
            process.wait_ready(30)
        yield [*started, Rival("shop", shop.process("web"), ours)]
    finally:
        for rival in started:
            rival.process.kill()
        guard.close()


def _like_web(shop: Shop, name: str, target: str, port: int) -> Program:
    """Web's own command line with another port and application."""
    argv = list(shop.process("web").program.argv)
    argv[argv.index("--port") + 1] = str(port)
    argv[-1] = target
    env = {**shop.values, "BENCH_BODIES": str(shop.folder / "bodies")}
    return Program(name=name, argv=tuple(argv), env=env, is_ready=lambda: is_listening(port))
