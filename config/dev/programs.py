"""Which programs make a running shop, in the order of their start. Used by `make up` and by the black-box tests."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config import roles
from config.contexts import CONTEXTS
from config.dev import mongod, valkey
from config.dev.ports import HOST, Port, is_listening
from config.dev.processes import PYTHON, Program
from config.dev.units import Partition, Unit, back_office, environment_of, gateway
from config.env import Environment, read

TWILIO_KEYS = f"AC{'0' * 32} embedded +15550100"
"""What the fake Twilio is spoken to with when no real keys are given."""


@dataclass(frozen=True, slots=True)
class Shop:
    """One embedded shop: its checked environment, and what is embedded because nobody named a real one."""

    values: Mapping[str, str]
    """What every process of it gets to know."""
    env: Environment
    mongodb: bool
    valkey: bool
    stripe: bool
    mailbox: bool
    twilio: bool

    @property
    def own_databases(self) -> bool:
        """Whether all databases are in the data directory: nobody else empties them."""
        files = [Path(entry["NAME"]) for entry in self.env.databases.values() if "sqlite" in entry["ENGINE"]]
        here = all(file.is_file() and file.is_relative_to(self.env.data_dir) for file in files)
        return self.mongodb or (here and len(files) == len(self.env.databases))

    @property
    def ports(self) -> list[Port]:
        """All ports that it listens on."""
        wanted = [("SHOP_PORT", "the shop")]
        wanted += [("VALKEY_PORT", "Valkey")] if self.valkey else []
        wanted += [("MONGODB_PORT", "MongoDB")] if self.mongodb else []
        wanted += [("FAKE_STRIPE_PORT", "the fake Stripe")] if self.stripe else []
        wanted += [("MAILBOX_PORT", "the mailbox page"), ("SMTP_PORT", "the mailbox's SMTP")] if self.mailbox else []
        wanted += [("FAKE_TWILIO_PORT", "the fake Twilio")] if self.twilio else []
        return [Port(self.env.ports[variable], purpose, variable) for variable, purpose in wanted]


def shop(values: Mapping[str, str], store: str) -> Shop:
    """Check the environment; whatever real server it names is not embedded. Raises ConfigurationError."""
    given = {name for name, value in values.items() if value.strip()}
    mongodb = store == "mongodb" and "DATABASE_URL" not in given
    added = {} if "TWILIO_KEYS" in given else {"TWILIO_KEYS": TWILIO_KEYS}
    if mongodb:
        port = read(values).ports["MONGODB_PORT"]
        added["DATABASE_URL"] = mongod.uri(port)
    env = read({**values, **added})
    fake = [
        base.startswith(f"http://{HOST}:") for base in (env.stripe.api_base, env.twilio.api_base if env.twilio else "")
    ]
    return Shop(
        values=added,
        env=env,
        mongodb=mongodb,
        valkey="REDIS_URL" not in given,
        stripe=fake[0],
        mailbox="EMAIL_URL" not in given,
        twilio=fake[1],
    )


def servers(shop: Shop) -> list[Program]:
    """What the shop stands on."""
    ports, data = shop.env.ports, shop.env.data_dir
    found = []
    if shop.mongodb:
        found.append(mongod.program(ports["MONGODB_PORT"], data / "mongodb"))
    if shop.valkey:
        found.append(valkey.program(ports["VALKEY_PORT"], data / "valkey"))
    if shop.stripe:
        found.append(_stripe(shop))
    if shop.mailbox:
        arguments = ("--http-port", str(ports["MAILBOX_PORT"]), "--smtp-port", str(ports["SMTP_PORT"]))
        kept = ("--data", str(data / "mailbox"))
        found.append(_module("mailbox", "apps.notifications.fakes.mailbox", ports["MAILBOX_PORT"], *arguments, *kept))
    if shop.twilio:
        arguments = ("--port", str(ports["FAKE_TWILIO_PORT"]), "--data", str(data / "twilio"))
        found.append(_module("twilio", "apps.notifications.fakes.twilio", ports["FAKE_TWILIO_PORT"], *arguments))
    return found


def preparation(shop: Shop) -> Program:
    """Runs to its end once the servers are there: tables and demo data."""
    return Program(name="prepare", argv=(PYTHON, "-m", "config.dev.prepare"), env=shop.values)


def application(shop: Shop, *, web_workers: int = 2, web_threads: int = 4, worker_processes: int = 2) -> list[Program]:
    """The shop itself: web, and one worker with beat inside, as of several it may be in one only."""
    port = shop.env.ports["SHOP_PORT"]
    web = _web("web", port, shop.values, workers=web_workers, threads=web_threads)
    return [web, _worker("worker", port, shop.values, CONTEXTS, processes=worker_processes)]


def units(shop: Shop, partition: Partition, ports: Sequence[int]) -> list[Program]:
    """The shop taken apart: web, worker and beat of each unit, the back office, and nginx before them.

    `ports` has one for each unit and one for the back office. Raises NoGateway.
    """
    here = [Unit(contexts, port) for contexts, port in zip(partition, ports[:-1], strict=True)]
    found: list[Program] = []
    for unit in here:
        values = {**shop.values, **environment_of(unit, here, secret=shop.env.secret_key)}
        found.append(_web(f"web-{unit.name}", unit.port, values, workers=1, threads=4))
        found.append(_worker(f"worker-{unit.name}", unit.port, values, unit.contexts, processes=1))
    office = {**shop.values, **back_office()}
    found.append(_web("web-back-office", ports[-1], office, workers=1, threads=2))
    front = shop.env.ports["SHOP_PORT"]
    argv = gateway(here, ports[-1], front, shop.env.data_dir / "gateway")
    found.append(Program("gateway", argv, shop.values, is_ready=lambda: answers(f"http://{HOST}:{front}/healthz")))
    return found


def _web(name: str, port: int, values: Mapping[str, str], *, workers: int, threads: int) -> Program:
    argv = (*roles.web(HOST, port, workers=workers, threads=threads), "--finish", "8")
    return Program(name=name, argv=argv, env=values, is_ready=lambda: answers(f"http://{HOST}:{port}/readyz"))


def _worker(name: str, port: int, values: Mapping[str, str], queues: Sequence[str], *, processes: int) -> Program:
    argv = roles.worker(queues, processes=processes, name=f"shop{port}@localhost", beat=True)
    return Program(name=name, argv=argv, env=values)


def answers(url: str) -> bool:
    """Whether `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  # our own http address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stripe(shop: Shop) -> Program:
    port, keys = shop.env.ports["FAKE_STRIPE_PORT"], shop.env.stripe
    webhooks = f"http://{HOST}:{shop.env.ports['SHOP_PORT']}/api/v1/webhooks/stripe"
    arguments = (
        "--port", str(port), "--data", str(shop.env.data_dir / "stripe.sqlite3"), "--webhook-url", webhooks,
        "--webhook-secret", keys.webhook_secret, "--account", f"{keys.secret_key}:{keys.publishable_key}",
        "--retry-base", str(min(shop.env.backoff_seconds, 1.0)),
    )  # fmt: skip
    return _module("stripe", "apps.payments.fakes.stripe", port, *arguments)


def _module(name: str, module: str, port: int, *arguments: str) -> Program:
    return Program(name=name, argv=(PYTHON, "-m", module, *arguments), is_ready=lambda: is_listening(port))
