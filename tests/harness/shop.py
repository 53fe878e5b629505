"""One whole shop for black-box tests: started as `make up` starts it, on free ports, with data of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.contexts import CONTEXTS
from config.databases import database
from config.dev import mongod, programs
from config.dev.ports import HOST, free_ports
from config.dev.processes import CHECKOUT, PYTHON, Guard, Process, Program
from config.dev.units import name_of, partition_of
from tests.buyer import Buyer
from tests.harness import invariants
from tests.harness.audit import Auditor, wait_until_quiet
from tests.harness.controls import Mailbox, StripeControl
from tests.harness.forking.client import Forks
from tests.harness.mongodb_template import migrated
from tests.harness.templates import copy_migrated

FAST_DISK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
READY_SECONDS = 180
KEYS = ("sk_test_embedded", "pk_test_embedded", "whsec_embedded")
QUICK = {
    "SHOP_BACKOFF_SECONDS": "0.05",
    "SHOP_TICK_SECONDS": "0.5",
    "SHOP_LEASE_SECONDS": "30",  # as the product has it, whatever the tests in this process have
    "RATE_LIMITS": "x1000",
    "LOG_FORMAT": "text",
    "LOG_LEVEL": "WARNING",
    "SECRET_KEY": "of a shop under test 0123456789 abcdefghij",
    "STRIPE_KEYS": " ".join(KEYS),
    "TWILIO_KEYS": programs.TWILIO_KEYS,
    "SHOP_MODE": "embedded",
    "SHOP_ENV_FILE": "",
}
"""Retries and ticks are short, so that a test does not wait; shorter ones would keep a fifth of a core busy."""
SHORT_LEASES = {"sqlite": {"SHOP_LEASE_SECONDS": "1"}, "mongodb": {"SHOP_LEASE_SECONDS": "2"}}
"""For a shop that is killed, by engine: what a dead process held is free again soon, but no step takes so long.

Whoever is slower than its lease is overtaken before it is done, again and again while the machine is busy.

A step of the saga may take 0.8 of a lease, so on a busy machine orders are answered 202 then.
"""
ONCE_A_DAY = ("payments.reconciliation.",)
"""Crash points of jobs that run once a day."""


class Shop:
    """Web, worker with beat inside, their servers, and an auditor that sees what no client can."""

    def __init__(
        self,
        engine: str = "sqlite",
        shape: str = "mono",
        *,
        settings_module: str = "config.settings",
        env: Mapping[str, str] | None = None,
        behind: Callable[[Mapping[str, int]], Mapping[str, str]] = lambda _: {},
        forked: bool = True,
    ) -> None:
        """`behind` is told the ports of the servers and answers by which variables the shop reaches them instead.

        Unless `forked`, its processes are started as the product's are, and share nothing with those of the tests.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="shop-black-box-", dir=FAST_DISK))
        self.faults = self.folder / "faults"
        self.faults.mkdir()
        self._guard, self._forks = Guard(), Forks(forked=forked)
        self._processes: dict[str, Process] = {}
        self._programs: dict[str, Program] = {}
        self._tending = threading.RLock()
        self._stopped = threading.Event()
        names = (
            "SHOP_PORT",
            "FAKE_STRIPE_PORT",
            "FAKE_TWILIO_PORT",
            "MAILBOX_PORT",
            "SMTP_PORT",
            "VALKEY_PORT",
            "MONGODB_PORT",
        )
        self.partition = partition_of(shape)
        found = free_ports(len(names) + len(self.partition or ()) + 1)
        self.ports, self._unit_ports = dict(zip(names, found, strict=False)), found[len(names) :]
        self.url = f"http://{HOST}:{self.ports['SHOP_PORT']}"
        self.values = {
            **QUICK,
            **{name: str(number) for name, number in self.ports.items()},
            "DJANGO_SETTINGS_MODULE": settings_module,
            "SHOP_SHAPE": "mono" if self.partition else shape,
            "SHOP_PUBLIC_URL": self.url,
            "SHOP_DATA_DIR": str(self.folder),
            "SHOP_FAULTS": str(self.faults),
            "DATABASE_URL": self._database_url(engine),
            **behind(self.ports),
            **(env or {}),
        }
        try:
            self._start(engine)
        except BaseException as error:
            error.add_note(
                "\n".join(
                    f"{file.name}: {file.read_text(errors='replace')[-2000:]}" for file in self.folder.glob("*.log")
                )
            )
            self._guard.close()  # which kills what was started
            self._forks.stop()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self._keeper = threading.Thread(target=self._keep_running, daemon=True)
        self._keeper.start()
        self.stripe = StripeControl(f"http://{HOST}:{self.ports['FAKE_STRIPE_PORT']}", KEYS[0])
        self.mailbox = Mailbox(f"http://{HOST}:{self.ports['MAILBOX_PORT']}")

    # --- what a test does ---------------------------------------------------------------------------------------------

    def buyer(self) -> Buyer:
        """A new guest."""
        return Buyer(shop=self.url, stripe=self.stripe.url, publishable_key=KEYS[1])

    def call(self, name: str, **arguments: Any) -> Any:
        """Run a function inside the shop's environment, such as "apps.catalog.testing.facts.facts"."""
        return self._auditor.call(name, **arguments)

    def kill(self, name: str) -> None:
        """SIGKILL to a program and all its processes: web, worker, valkey, stripe, mailbox, twilio, mongod.

        Of a shop that is taken apart "web" is that of every unit, "web-catalog" that of one.
        """
        with self._tending:
            names = self._named(name)
            assert names, f"this shop has no {name}"
            for one in names:
                self._processes.pop(one).kill()

    def start(self, name: str) -> None:
        """Start a killed program and come back when it is ready."""
        names = self._named(name)
        for one in names:
            self._launch(self._programs[one])
        for one in names:
            self._processes[one].wait_ready(READY_SECONDS)

    def that_of(self, program: str, context: str) -> str:
        """The name of the program, such as "web", of the unit that hosts this context."""
        return next((f"{program}-{name_of(group)}" for group in self.partition or () if context in group), program)

    def address_of(self, context: str) -> str:
        """Where the unit that hosts this context answers itself: a gateway before it may keep answers for a minute."""
        units = zip(self.partition or (), self._unit_ports, strict=False)
        return next((f"http://{HOST}:{port}" for group, port in units if context in group), self.url)

    def _named(self, name: str) -> list[str]:
        return [one for one in self._programs if one == name or one.startswith(f"{name}-")]

    def restart(self, name: str) -> None:
        """Kill it and start it."""
        self.kill(name)
        self.start(name)

    def process(self, name: str) -> Process:
        """A running program."""
        return self._processes[name]

    def processes(self, *names: str) -> list[Process]:
        """All that run of these programs, those of every unit included."""
        return [self._processes[one] for name in names for one in self._named(name) if one in self._processes]

    def has(self, name: str) -> bool:
        """Whether this program is part of the shop and runs."""
        return name in self._processes

    def arm(self, fault_point: str) -> None:
        """Whichever process passes this crash point next dies there."""
        (self.faults / fault_point).touch()

    def fired(self, fault_point: str) -> bool:
        """Whether an armed crash point was passed."""
        return not (self.faults / fault_point).exists()

    def disarm(self) -> None:
        """Forget all armed crash points and end a recording."""
        for file in self.faults.iterdir():
            with suppress(FileNotFoundError):
                file.unlink()

    def record(self, action: Callable[[], object]) -> list[str]:
        """The crash points that are passed while `action` runs and until all is quiet, each once, in their order.

        Those of a job that runs once a day, whatever anybody does, are not of the action.
        """
        self.disarm()
        (self.faults / "record").touch()
        action()
        self.quiesce()
        seen = self.faults / "seen"
        found = seen.read_text(encoding="utf-8").split() if seen.exists() else []
        self.disarm()
        return [point for point in dict.fromkeys(found) if not point.startswith(ONCE_A_DAY)]

    def revive(self, seconds: float = 120) -> None:
        """Wait until web answers; whatever ended by itself is started again meanwhile."""
        until = time.monotonic() + seconds
        bases = [f"http://{HOST}:{port}" for port in self._unit_ports] if self.partition else [self.url]
        while not all(programs.answers(f"{base}/readyz") for base in bases):
            if time.monotonic() > until:
                raise TimeoutError(f"web did not come back; see {self.folder}/web.log")
            time.sleep(0.05)

    def quiesce(self, seconds: float = 120) -> None:
        """Wait until nothing is pending in any context and no webhook is on its way."""
        wait_until_quiet(self._auditor, {"stripe.webhooks": self.stripe.waiting}, seconds)

    def facts(self) -> dict[str, Any]:
        """What the invariants are about, with what is true at Stripe."""
        return {**self._auditor.facts(), **self.stripe.facts(), "pending": self._auditor.pending()}

    def check_invariants(self) -> None:
        """Wait for quiet, then everything of the design must hold, once."""
        self.quiesce()
        wrong = invariants.broken(self.facts())
        assert wrong == [], "\n".join(wrong)

    def log(self, name: str) -> str:
        """What a program, or that of every unit, printed so far."""
        files = [self.folder / f"{one}.log" for one in self._named(name) or [name]]
        return "".join(file.read_text(encoding="utf-8", errors="replace") for file in files if file.exists())

    def stop(self) -> None:
        """End everything and remove the data."""
        self._stopped.set()
        self._keeper.join()
        for name in [*self._named("gateway"), *self._named("web"), *self._named("worker")]:
            if process := self._processes.pop(name, None):
                process.kill()  # nothing is left to be saved, and a test run is waiting
        self._auditor.stop()
        self._log.close()
        for process in self._processes.values():
            process.kill()
        self._guard.close()
        self._forks.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- how it starts ------------------------------------------------------------------------------------------------

    def _database_url(self, engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{self.folder}/db"
        shared = os.environ.get("MONGODB_URI")
        if not shared:
            return mongod.uri(self.ports["MONGODB_PORT"])
        head, _, query = shared.partition("?")
        return f"{head.rstrip('/')}/{self.folder.name.replace('shop-black-box-', 'bb_')}?{query}"

    def _start(self, engine: str) -> None:
        if engine == "sqlite":
            copy_migrated(self.folder / "db")
        elif not os.environ.get("MONGODB_URI"):
            self._launch(mongod.program(self.ports["MONGODB_PORT"], self.folder / "mongodb", transaction_seconds=5))
            self._processes["mongod"].wait_ready(READY_SECONDS)
            mongod.initiate(self.ports["MONGODB_PORT"])
        shop = programs.shop({**self.values, "REDIS_URL": "", "EMAIL_URL": ""}, "sqlite")
        for program in programs.servers(shop):
            self._launch(program)
        if engine != "sqlite":
            self._migrate_mongodb()
        for program in self._application(shop):
            self._launch(program)
        self._log = (self.folder / "auditor.log").open("w", encoding="utf-8")
        self._auditor = Auditor(self.values, self._guard, self._forks, self._log)
        for process in self._processes.values():
            process.wait_ready(READY_SECONDS)

    def _migrate_mongodb(self) -> None:
        uri = self.values["DATABASE_URL"]
        names = {context: database("DATABASE_URL", uri, context, CHECKOUT, own=False)["NAME"] for context in CONTEXTS}
        migrated(uri, names, of="shop", migrate=lambda: self._run(PYTHON, "manage.py", "migrate", "--verbosity", "0"))

    def _application(self, shop: programs.Shop) -> list[Program]:
        if self.partition is None:
            return programs.application(shop)
        return programs.units(shop, self.partition, self._unit_ports)

    def _keep_running(self) -> None:
        """As the supervisor of `make up` and every container platform do: what ends by itself is started again.

        Web ends when one of its processes dies twice in a few seconds, which a suite of crashes brings about.
        """
        while not self._stopped.wait(0.1):
            with self._tending:
                for name, process in list(self._processes.items()):
                    if process.exit_code is not None:
                        process.kill()  # what is left of its group
                        self._launch(self._programs[name])

    def _launch(self, program: Program) -> None:
        program = replace(program, env={**self.values, **program.env})
        self._programs[program.name] = program
        with self._tending, (self.folder / f"{program.name}.log").open("a", encoding="utf-8") as output:
            self._processes[program.name] = Process(program, self._guard, output, self._forks.start)

    def _run(self, *argv: str) -> None:
        with (self.folder / "once.log").open("a", encoding="utf-8") as output:
            process = Process(Program("once", argv, self.values), self._guard, output, self._forks.start)
        while process.exit_code is None:
            time.sleep(0.03)
        process.kill()
        assert process.exit_code == 0, self.log("once")
