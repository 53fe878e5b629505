"""Stripe, Twilio, SMTP and the broker misbehave in turn, in every way, while several buyers purchase.

Once the trouble is over every order reaches its end, nobody was charged or told twice, and neither threads nor sockets
nor memory have piled up. The broker of this shop is Valkey, so that it has a socket to stand before like the others.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from config.dev.ports import HOST
from tests.bench.usage import tree
from tests.buyer import PATIENCE_SECONDS, Buyer, insist
from tests.harness.controls import ask
from tests.harness.proxy import HTTP, REDIS, SMTP, Mode, Proxy, Speech
from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE, new_product

BUYERS = 3
WORKER_PROCESSES = 2
OURS = ("web", "worker")
MORE_THREADS, MORE_SOCKETS, MORE_MEBIBYTES = 3, 9, 48
"""What all processes together may have more of, for each program, than when all was well: pools not full yet."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that the shop depends on, and how often it misbehaves in one way."""

    port: str
    speech: Speech
    variable: str
    address: str
    times: int


SERVERS = {
    "Stripe": Server("FAKE_STRIPE_PORT", HTTP, "STRIPE_API_BASE", "http://{}", 4),
    "Twilio": Server("FAKE_TWILIO_PORT", HTTP, "TWILIO_API_BASE", "http://{}", 3),
    "SMTP": Server("SMTP_PORT", SMTP, "EMAIL_URL", "smtp://{}?from=shop@example.com", 3),
    "broker": Server("VALKEY_PORT", REDIS, "REDIS_URL", "redis://{}/0", 1000),
}


@dataclass(frozen=True, slots=True)
class Usage:
    """Of web and worker, which has beat inside, with all their processes."""

    threads: int
    sockets: int
    mebibytes: int


@pytest.fixture(scope="module")
def proxies() -> Iterator[dict[str, Proxy]]:
    """Those before the servers of the shop, by the servers' names."""
    made: dict[str, Proxy] = {}
    yield made
    for proxy in made.values():
        proxy.stop()


@pytest.fixture(scope="module")
def shop(proxies: dict[str, Proxy]) -> Iterator[Shop]:
    """A shop that reaches its servers through the proxies."""

    def behind(ports: Mapping[str, int]) -> dict[str, str]:
        proxies.update({name: Proxy(ports[one.port], one.speech) for name, one in SERVERS.items()})
        return {one.variable: one.address.format(f"{HOST}:{proxies[name].port}") for name, one in SERVERS.items()}

    running = Shop(STORE, SHAPE, behind=behind, env={"SHOP_LEASE_SECONDS": "3"})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def usual(shop: Shop) -> Usage:
    """What it uses after purchases that nothing disturbed."""
    for _ in range(2):
        purchase_all(shop)
        shop.quiesce()
    return usage(shop)


@pytest.mark.parametrize("name", SERVERS)
def test_whatever_a_server_does_all_orders_end_and_nobody_is_charged_or_told_twice(
    shop: Shop, proxies: dict[str, Proxy], usual: Usage, name: str
) -> None:
    proxy, highest, buyers = proxies[name], usual, list[Buyer]()
    for mode in Mode:
        began = time.monotonic()
        proxy.order(mode, SERVERS[name].times)
        came = purchase_all(shop)
        if name == "broker":
            proxy.await_met(mode, PATIENCE_SECONDS)
            proxy.heal()  # no tick comes through either
        highest = higher(highest, usage(shop))
        came[0].await_status("confirmed")
        assert came[0].cancel().status == 200
        for buyer, end in zip(came, ("cancelled", "confirmed", "confirmed"), strict=True):
            buyer.await_status(end)
        shop.quiesce()
        assert proxy.met[mode] > 0, f"{name} was never {mode}"
        proxy.heal()
        print(f"{name} {mode}: {proxy.met[mode]} times, {time.monotonic() - began:.1f} s, {usage(shop)}")
        buyers += came

    shop.check_invariants()
    each_paid_once(shop, buyers)
    each_told_once(shop, buyers, answers_lost=answers_lost(shop, proxy) if name in {"SMTP", "broker"} else 0)
    highest = higher(highest, usage(shop))
    programs = len(shop.processes(*OURS))
    assert highest.threads <= usual.threads + programs * MORE_THREADS, (usual, highest)
    assert highest.sockets <= usual.sockets + programs * MORE_SOCKETS, (usual, highest)
    assert highest.mebibytes <= usual.mebibytes + programs * MORE_MEBIBYTES, (usual, highest)


def purchase_all(shop: Shop) -> list[Buyer]:
    """Several at once, told by mail and by text; each repeats what gets no answer."""
    sku = new_product(shop, stock=BUYERS, price=2500)
    with ThreadPoolExecutor(BUYERS) as pool:
        return list(pool.map(lambda _: purchase(shop, sku), range(BUYERS)))


def purchase(shop: Shop, sku: str) -> Buyer:
    buyer = shop.buyer()
    body = {**buyer.order_body(buyer.fill_cart((sku, 1))), "phone": phone_of(buyer)}
    answer = insist("POST", buyer.url("/orders"), body, Idempotency_Key=uuid4().hex)
    assert answer.status in (201, 202), answer
    buyer.order, buyer.token = answer.body, answer.body["token"]
    assert buyer.pay().status == 200
    return buyer


def phone_of(buyer: Buyer) -> str:
    """A number of their own."""
    return f"+1555{int(buyer.email[4:16], 16) % 10_000_000:07}"


def each_paid_once(shop: Shop, buyers: list[Buyer]) -> None:
    """Stripe is asked: one charge of each order, and one refund of those that were given up."""
    facts = shop.facts()
    ids = {order["number"]: order_id for order_id, order in facts["orders"].items()}
    mine = [ids[buyer.order["number"]] for buyer in buyers]
    assert [len(facts["intents"][order_id]) for order_id in mine] == [1] * len(buyers)
    assert {facts["provider"][order_id]["received"] for order_id in mine} == {facts["orders"][mine[0]]["total"]}
    paid = Counter(charge["payment_intent"] for charge in shop.stripe.everything("charges") if charge["paid"])
    back = Counter(refund["payment_intent"] for refund in shop.stripe.everything("refunds"))
    for order_id in mine:
        [intent] = facts["intents"][order_id]
        given_up = facts["orders"][order_id]["status"] == "cancelled"
        assert (paid[intent], back[intent]) == (1, int(given_up))


def answers_lost(shop: Shop, proxy: Proxy) -> int:
    """How often a worker may not know that a mail was taken: it was cut off, or Celery ended with an unfit broker."""
    return proxy.met[Mode.CUT] + proxy.met[Mode.LOST] + WORKER_PROCESSES * shop.log("worker").count("Unrecoverable")


def each_told_once(shop: Shop, buyers: list[Buyer], *, answers_lost: int) -> None:
    """The mailbox and Twilio are asked. A mail whose answer was lost comes again with its Message-ID: no other does."""
    twilio = f"http://{HOST}:{shop.ports['FAKE_TWILIO_PORT']}/api/messages"
    again = 0
    for buyer in buyers:
        mails = Counter((mail["subject"], mail["message_id"]) for mail in shop.mailbox.messages(to=buyer.email))
        again += sum(mails.values()) - len(mails)
        assert len(mails) == len({subject for subject, _ in mails}) >= 1, mails
        texts = Counter(text["body"] for text in ask("GET", twilio, {"to": phone_of(buyer)})["messages"])
        assert set(texts.values()) == {1}, texts
    assert again <= answers_lost


def usage(shop: Shop) -> Usage:
    """Now."""
    threads = sockets = kibibytes = 0
    for pid in [each for process in shop.processes(*OURS) for each in tree(process.pid)]:
        try:
            said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            sockets += sum(str(file.readlink()).startswith("socket:") for file in Path(f"/proc/{pid}/fd").iterdir())
        except FileNotFoundError:
            continue  # it has just ended
        threads += int(said["Threads"])
        kibibytes += int(said.get("VmRSS", "0").split()[0])  # a zombie has none
    return Usage(threads, sockets, kibibytes // 1024)


def higher(one: Usage, other: Usage) -> Usage:
    return Usage(max(one.threads, other.threads), max(one.sockets, other.sockets), max(one.mebibytes, other.mebibytes))
