"""`make up`: the whole shop on this machine, everything embedded that .env does not name. Ctrl-C stops it."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

from config.dev import mongod, programs
from config.dev.mongod import NoMongod
from config.dev.ports import HOST, Port, PortTaken, refuse_taken
from config.dev.prepare import is_prepared, told_by_seed
from config.dev.processes import CHECKOUT, NotReady, Program
from config.dev.running import AlreadyRunning, alone
from config.dev.supervisor import Stopped, Supervisor
from config.dev.units import BACK_OFFICE, NoGateway, Partition, UnknownShape, name_of, partition_of
from config.dev.valkey import NoValkey
from config.env import ConfigurationError, read
from config.reader import dotenv

STORES = ("sqlite", "mongodb")
SERVERS_ONLY = "none"
"""The shape of what the shop stands on, without the shop."""
SEARCH_SECONDS = 15.0
"""An index that takes longer is built while the shop runs already; until then a search is a 503 with Retry-After."""


class CannotStart(Exception):
    """The message says why, in a sentence."""


REFUSALS = (ConfigurationError, UnknownShape, PortTaken, AlreadyRunning, CannotStart)


def main(stop: threading.Event) -> int:
    """0 after a clean stop, which `stop` asks for at any time; 2 when it could not start."""
    try:
        shop = configured()
        refuse_taken(shop.ports)
        with alone(shop.env):
            _run(shop, stop)
    except (*REFUSALS, NoMongod, NoValkey, NoGateway, NotReady) as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except Stopped:
        pass
    return 0


def configured() -> programs.Shop:
    """What `.env` and the environment ask for."""
    store = os.environ.get("STORE") or "sqlite"
    if store not in STORES:
        raise CannotStart(f"STORE: {store!r} is not known; it is one of {', '.join(STORES)}.")
    file = os.environ.get("SHOP_ENV_FILE", str(CHECKOUT / ".env"))
    values = dotenv(CHECKOUT / file) if file else {}
    read({**values, **os.environ}, written=values)
    return programs.shop({**values, **os.environ}, store)


def _run(shop: programs.Shop, stop: threading.Event) -> None:
    began = time.monotonic()
    if stop.is_set():
        raise Stopped
    needed = programs.servers(shop)  # fetches MongoDB the first time
    supervisor = Supervisor(stop, say)
    try:
        _start(shop, needed, supervisor)
        if os.environ.get("SHAPE") != SERVERS_ONLY:
            _await_search(shop.env.ports["SHOP_PORT"], stop)
        say(_welcome(shop, time.monotonic() - began))
        supervisor.watch()
    finally:
        say("Stopping ...")
        supervisor.stop()
        say("Stopped.")


def _start(shop: programs.Shop, needed: list[Program], supervisor: Supervisor) -> None:
    say("Starting " + ", ".join(program.name for program in needed) + " ...")
    supervisor.start(needed)
    if shop.mongodb:
        mongod.initiate(shop.env.ports["MONGODB_PORT"])
    if not (shop.own_databases and is_prepared(shop.env)):
        say("Preparing the databases ...")
        if supervisor.run(programs.preparation(shop)):
            raise CannotStart("The databases could not be prepared; the lines above say why.")
    shape = os.environ.get("SHAPE", "")
    if shape == SERVERS_ONLY:
        return
    partition = partition_of(shape)
    if partition is None:
        say("Starting web and worker ...")
        supervisor.start(programs.application(shop))
    else:
        say(f"Starting {len(partition)} units, the back office and nginx before them ...")
        supervisor.start(programs.units(shop, partition, unit_ports(shop, partition)))


def _await_search(port: int, stop: threading.Event) -> None:
    """At the first start the products' index is still being built: who reads that the shop is running may search it."""
    until = time.monotonic() + SEARCH_SECONDS
    while not programs.answers(f"http://{HOST}:{port}/api/v1/products?q=mug&limit=1") and time.monotonic() < until:
        if stop.wait(0.1):
            raise Stopped


def unit_ports(shop: programs.Shop, partition: Partition) -> list[int]:
    """Those after the shop's own: one for each unit, then the back office's."""
    first = shop.env.ports["SHOP_PORT"] + 1
    ports = list(range(first, first + len(partition) + 1))
    names = [*map(name_of, partition), BACK_OFFICE]
    refuse_taken([Port(port, f"the unit {name}", "SHOP_PORT") for port, name in zip(ports, names, strict=True)])
    return ports


def _welcome(shop: programs.Shop, seconds: float) -> str:
    ports = shop.env.ports
    running = "What the shop stands on" if os.environ.get("SHAPE") == SERVERS_ONLY else "The shop"
    lines = [
        f"\n{running} is running (started in {seconds:.1f} s).\n",
        f"  shop      http://{HOST}:{ports['SHOP_PORT']}/api/v1",
        f"  its API   http://{HOST}:{ports['SHOP_PORT']}/api/docs",
    ]
    lines += [f"  admin     http://{HOST}:{ports['SHOP_PORT']}/admin/"]
    lines += [f"  mailbox   http://{HOST}:{ports['MAILBOX_PORT']}/"] if shop.mailbox else []
    lines += [f"  Stripe    http://{HOST}:{ports['FAKE_STRIPE_PORT']}/ (a fake)"] if shop.stripe else []
    lines += [f"  Twilio    http://{HOST}:{ports['FAKE_TWILIO_PORT']}/ (a fake)"] if shop.twilio else []
    lines += [f"  {line}" for line in told_by_seed(shop.env).read_text(encoding="utf-8").splitlines()]
    return "\n".join([*lines, "\nCtrl-C stops it.\n"])


def say(line: str) -> None:
    """To the terminal, if it still is there."""
    with suppress(OSError):
        print(line, flush=True)
