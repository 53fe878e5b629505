"""Six services of which catalog and orders run twice, as docker/compose.services.yaml has them, behind one nginx."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from config.dev import programs
from config.dev.ports import HOST, free_ports
from config.dev.processes import Program
from tests.harness.shop import Shop

TWICE = ("catalog", "orders")


class Twice(Shop):
    """nginx balances between the instances what comes from outside, and what the units ask of each other."""

    def _application(self, shop: programs.Shop) -> list[Program]:
        assert self.partition
        inner, *more = free_ports(1 + len(TWICE))
        seconds = dict(zip(TWICE, more, strict=True))
        doors = {f"SHOP_{context.upper()}_URL": f"http://{HOST}:{inner}" for context in TWICE}
        found: list[Program] = []
        for program in programs.units(shop, self.partition, self._unit_ports):
            known = {name: doors.get(name, value) for name, value in program.env.items()}
            found.append(replace(program, env=known))
            context = program.name.removeprefix("web-")
            if port := seconds.get(context):
                found.append(_beside(found[-1], port))
        [gateway] = [program for program in found if program.name == "gateway"]
        firsts = dict(zip([group[0] for group in self.partition], self._unit_ports, strict=False))
        argv = [*gateway.argv, "--inner", f"{HOST}:{inner}"]
        for context, port in seconds.items():
            place = argv.index(f"{context}={HOST}:{firsts[context]}")
            argv[place] += f",{HOST}:{port}"
        found[found.index(gateway)] = replace(gateway, argv=tuple(argv))
        return found

    @contextmanager
    def frozen(self, *names: str) -> Iterator[None]:
        """These programs, with all their processes, do nothing; their sockets still take what is sent to them."""
        groups = [self.process(name).pid for name in names]
        for group in groups:
            os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            for group in groups:
                os.killpg(group, signal.SIGCONT)


def _beside(first: Program, port: int) -> Program:
    """Another instance of this web."""
    argv = list(first.argv)
    argv[argv.index("--port") + 1] = str(port)
    ready = f"http://{HOST}:{port}/readyz"
    return replace(first, name=f"{first.name}-2", argv=tuple(argv), is_ready=lambda: programs.answers(ready))
