"""The two servers that the shop is measured beside: as many granian workers and threads as web has."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from config.dev.ports import HOST, free_ports, is_listening
from config.dev.processes import PYTHON, Guard, Process, Program
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
            program = bare(module, port, shop.process("web").program.argv, {**shop.values, "BENCH_BODIES": str(bodies)})
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


def bare(module: str, port: int, web: Sequence[str], env: Mapping[str, str]) -> Program:
    """Granian with the options of `config.serve`, and with as many workers and threads as web's command line says."""
    workers, threads = (web[web.index(option) + 1] for option in ("--workers", "--threads"))
    argv = (
        PYTHON, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port),
        "--http", "1", "--no-ws", "--backlog", "2048", "--workers", workers, "--blocking-threads", threads,
        "--log-level", "warning", f"tests.bench.bare_{module}:application",
    )  # fmt: skip
    return Program(name=f"bare-{module}", argv=argv, env=env, is_ready=lambda: is_listening(port))
