"""The small model: what the shop must say and be, from what was asked of it and what Stripe did. Nothing of apps/."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

STANDING = {"confirmed", "partly_shipped", "shipped", "delivered"}
ON_ITS_WAY_OUT = {"cancelling", "refunding", "cancelled"}
SHIPPING_MAILS = ("shipping", "mail")
PAY_WINDOW, HOLD = timedelta(seconds=1800), timedelta(seconds=7200)
BANK_WINDOW = timedelta(days=1)
"""How long an order waits for a bank transfer."""
SHIPPING, FREE_FROM = 495, 5000


@dataclass
class Cart:
    """What its holder put in, at which price."""

    id: str
    owner: str
    """A customer's name; empty is a guest's."""
    lines: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    state: str = "open"
    """open, ordered, merged, or unsure: it may come back from an order that was given up."""

    def fill(self, lines: Mapping[str, int], seen: Mapping[str, int]) -> None:
        """Exactly this is in it."""
        self.lines, self.seen = dict(lines), dict(seen)


@dataclass
class Back:
    """Something that is to come back, or did."""

    sku: str
    count: int
    state: str = "requested"
    restocked: int = 0
    """How many of it were put on the shelf again."""
    told: Counter[str] = field(default_factory=Counter)
    """What was done with it, and told to its buyer."""


@dataclass
class Order:
    """What was promised, and what was done with it since."""

    id: str
    number: str
    cart: Cart
    owner: str
    lines: dict[str, int]
    total: int
    placed_at: datetime
    by_bank: bool = False
    """To be paid by bank transfer: Stripe knows nothing of it."""
    came: int = 0
    """What finance said first that came by bank."""
    statement: list[tuple[int, str]] = field(default_factory=list)
    """All that finance said that came, with the bank's reference: what follows the first goes back whole."""
    sent: set[str] = field(default_factory=set)
    """Refunds that finance said it has sent by bank."""
    strange: bool = False
    """Another amount came than was due, or all that was set aside was let go: it may stop in review."""
    content: bool = False
    """Whether finance was content with that."""
    by_hand: int = 0
    """What finance said it has sent back by hand when it led the order out of review."""
    given_up: set[str] = field(default_factory=set)
    """The states that cancellations were answered with."""
    parcels: dict[str, dict[str, int]] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    """How often its customer had changed their mind about mails of shipping when a parcel left or arrived, by both."""
    delivered: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    """The tracking number of each parcel whose was written anew."""
    relabelled: int = 0
    """How often one was changed while its parcel was on its way."""
    parts: dict[str, int] = field(default_factory=dict)
    """What staff sent back of its money while it stood, by the refund's id."""
    captures: set[int] = field(default_factory=set)
    """What may have come in all when finance took or let go of the rest, before all of it was captured by shipping."""
    partly: set[int] = field(default_factory=set)
    """What had come in all after each part that finance took, while the rest was still set aside."""
    unsure: bool = False
    """Whether a capture or a void got no answer: it is done later, and nothing else meanwhile."""
    letting_go: bool = False
    """Whether it was a void: no parcel leaves until it is done."""
    returns: dict[str, Back] = field(default_factory=dict)
    known: str = "awaiting_payment"
    """The last state that somebody saw."""

    @property
    def left(self) -> Counter[str]:
        """What is still to be sent."""
        return Counter(self.lines) - sum((Counter(one) for one in self.parcels.values()), Counter[str]())

    def shipped(self, sku: str) -> int:
        """How many of it left."""
        return sum(parcel.get(sku, 0) for parcel in self.parcels.values())

    def coming_back(self, sku: str) -> int:
        """How many of it are in a return that nobody ended before it came."""
        ended = {"withdrawn", "rejected"}
        return sum(one.count for one in self.returns.values() if one.sku == sku and one.state not in ended)

    def restocked(self, sku: str) -> int:
        """How many of it are on the shelf again."""
        return sum(one.restocked for one in self.returns.values() if one.sku == sku)

    def shipped_state(self) -> str:
        """By its parcels alone."""
        if not self.parcels:
            return "confirmed"
        if self.left:
            return "partly_shipped"
        return "delivered" if self.delivered == set(self.parcels) else "shipped"

    def over(self, now: datetime) -> bool:
        """Whether its time to pay has ended."""
        return now >= self.placed_at + (BANK_WINDOW if self.by_bank else PAY_WINDOW)

    def money_twice(self) -> int:
        """What came by bank after the first, and goes back."""
        return sum(amount for amount, _ in self.statement[1:])

    def may_be(self, now: datetime, *, paid: bool) -> set[str]:
        """The states that it may rest in."""
        if not paid:
            return {"cancelled"} if self.given_up or self.over(now) else {"awaiting_payment"}
        if self.parcels:
            return {self.shipped_state()}
        if self.given_up & {"refunding", "cancelled"}:
            return {"cancelled"}
        states = {"review"} if self.strange else {"confirmed"}
        if self.given_up & {"cancelling"} or self.over(now):
            states.add("cancelled")  # whoever was faster; or its stock had lapsed and was gone
        return states


@dataclass
class Shop:
    """All of it."""

    prices: dict[str, int]
    received: dict[str, int]
    published: dict[str, bool]
    """By SKU."""
    carts: list[Cart] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)
    """Customers into whose open cart the lines of a given-up order may come at any moment."""
    unwanted: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    """What customers do not want to be told, as (topic, channel)."""
    cards: dict[str, set[str]] = field(default_factory=dict)
    """What customers have saved to pay with, as Stripe names it."""
    customers: dict[str, str] = field(default_factory=dict)
    """Who they are to Stripe, once they saved something."""
    claimed: bool = False
    """Whether ada has shown that the address of all orders is hers: those of guests are hers then."""
    chosen: Counter[str] = field(default_factory=Counter)
    """How often they changed their mind about mails of shipping."""

    def choose(self, who: str, choice: tuple[str, str], *, wanted: bool) -> None:
        """They want to be told so, or not."""
        before = self.unwanted.get(who, set())
        after = self.unwanted[who] = before - {choice} if wanted else before | {choice}
        self.chosen[who] += (SHIPPING_MAILS in before) != (SHIPPING_MAILS in after)

    def open_cart(self, owner: str) -> Cart | None:
        """The one open cart of a customer."""
        return next((cart for cart in self.carts if cart.owner == owner and cart.state == "open"), None)

    def cart(self, cart_id: str) -> Cart | None:
        return next((cart for cart in self.carts if cart.id == cart_id), None)

    def sure(self, sku: str, now: datetime) -> int:
        """How many are certainly held or sold."""
        holding = (order for order in self.orders if self._holds(order, now))
        return sum(order.lines.get(sku, 0) - order.restocked(sku) for order in holding)

    def perhaps(self, sku: str) -> int:
        """How many may be held or sold."""
        return sum(order.lines.get(sku, 0) for order in self.orders if order.known != "cancelled")

    def left_at_most(self, sku: str, now: datetime) -> int:
        return self.received[sku] - self.sure(sku, now)

    def left_at_least(self, sku: str) -> int:
        return self.received[sku] - self.perhaps(sku)

    @staticmethod
    def _holds(order: Order, now: datetime) -> bool:
        if order.parcels or (order.known in STANDING and not order.given_up):
            return True
        return not order.given_up and not order.over(now) and order.known != "cancelled"

    def total(self, lines: Mapping[str, int]) -> int:
        """What they cost with shipping; taxes are included."""
        goods = sum(self.prices[sku] * count for sku, count in lines.items())
        return goods + (SHIPPING if lines and goods < FREE_FROM else 0)

    def problems(self, cart: Cart, now: datetime) -> tuple[set[str], set[str]]:
        """(certain, possible) codes of what forbids to order this cart."""
        if not cart.lines:
            return {"empty"}, {"empty"}
        certain, possible = set(), set()
        for sku, count in cart.lines.items():
            if not self.published[sku]:
                certain.add("unavailable")
                continue
            if count > self.left_at_most(sku, now):
                certain.add("out_of_stock")
            if count > self.left_at_least(sku):
                possible.add("out_of_stock")
            if self.prices[sku] != cart.seen[sku]:
                certain.add("price_changed")
        return certain, certain | possible


def differences(shop: Shop, facts: Mapping[str, Any], now: datetime) -> Iterable[str]:
    """Where a quiet shop is not what the model says, one sentence each."""
    known = {order.id for order in shop.orders}
    for order_id, row in facts["orders"].items():
        if order_id not in known and row["status"] != "cancelled":
            yield f"nobody knows of {row['number']}, which is {row['status']}"
    for order in shop.orders:
        yield from _order(shop, order, facts, now)
    yield from _stock(shop, facts)


def _order(shop: Shop, order: Order, facts: Mapping[str, Any], now: datetime) -> Iterable[str]:
    row = facts["orders"][order.id]
    received = order.came or facts["provider"].get(order.id, {"received": 0})["received"]
    paid = received > 0 or facts.get("was_paid", {}).get(order.id, False)
    lawful = order.may_be(now, paid=paid)
    if row["status"] not in lawful:
        yield f"{order.number} is {row['status']}, it may be {sorted(lawful)}"
    if row["total"] != order.total:
        yield f"{order.number} costs {row['total']}, agreed was {order.total}"
    yield from _money(order, row["status"], received, facts)
    sent = _refunds_told(order, row["status"], received, facts["refunds"])
    yield from _news(shop, order, row["status"], sent, facts["messages"], paid=paid)


def _stock(shop: Shop, facts: Mapping[str, Any]) -> Iterable[str]:
    held: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for order in shop.orders:
        status = facts["orders"][order.id]["status"]
        if status in STANDING:
            sold.update({sku: count - order.restocked(sku) for sku, count in order.lines.items()})
        elif status == "awaiting_payment":
            held.update(order.lines)
    for sku, count in shop.received.items():
        row = facts["stock"][sku]
        said = {"available": count - held[sku] - sold[sku], "held": held[sku], "sold": sold[sku], "received": count}
        if {name: row[name] for name in said} != said:
            yield f"{sku}: the model says {said}, the shop {row}"


def _money(order: Order, status: str, received: int, facts: Mapping[str, Any]) -> Iterable[str]:
    refunded = facts["provider"].get(order.id, {"refunded": 0})["refunded"]
    if received not in {0, order.total, *order.captures, *order.partly, order.came}:
        yield f"{order.number}: {received} came for {order.total}"
    wanted = received - order.by_hand if status == "cancelled" else sum(order.parts.values())
    if order.by_bank:
        rows = [row for row in facts["refunds"] if row["order_id"] == order.id and row["status"] != "failed"]
        refunded, wanted = sum(row["amount"] for row in rows), wanted + order.money_twice()
        if (sent := {row["refund_id"] for row in rows if row["status"] == "succeeded"}) != order.sent:
            yield f"{order.number}: finance sent {sorted(order.sent)}, the shop says {sorted(sent)}"
    if refunded != wanted:
        yield f"{order.number} is {status}: {wanted} had to go back, {refunded} did"


def _refunds_told(order: Order, status: str, received: int, refunds: Iterable[Mapping[str, Any]]) -> int:
    """Of how many refunds the buyer is told: by bank once they are sent, not of money that finance books twice."""
    if order.by_bank:
        return sum(row["refund_id"] in order.sent and row["reason"] != "paid_twice" for row in refunds)
    return len(order.parts) + int(status == "cancelled" and received > sum(order.parts.values()))


def _news(
    shop: Shop, order: Order, status: str, sent_back: int, messages: Iterable[Mapping[str, Any]], *, paid: bool
) -> Iterable[str]:
    """By mail exactly these."""
    sent = [row for row in messages if row["order_id"] == order.id]
    mails = Counter(row["kind"] for row in sent if row["channel"] == "mail")
    confirmed = {1} if status in STANDING else {0, 1} if paid else {0}
    wanted = {
        "order_confirmed": confirmed,
        "order_cancelled": {int(status == "cancelled")},
        "order_refunded": {sent_back},
        "bank_transfer_awaited": {1} if order.came else {0, int(order.by_bank)},
        "return_authorised": {_told(order, "authorise")},
        "return_rejected": {_told(order, "reject")},
        "return_received": {_told(order, "receive")},
        "parcel_shipped": {len(order.parcels)},
        "parcel_labelled": {order.relabelled},
        "parcel_delivered": {len(order.delivered)},
    }
    for kind, counts in wanted.items():
        if mails[kind] not in counts:
            yield f"{order.number} is {status}: {mails[kind]} mails {kind}, not {sorted(counts)}"
    told = Counter(row["kind"] for row in sent if row["channel"] == "mail" and row["status"] != "suppressed")
    for kind, lawful in (
        ("parcel_shipped", _sent(shop, order, "left", order.parcels)),
        ("parcel_delivered", _sent(shop, order, "arrived", order.delivered)),
    ):
        if told[kind] not in lawful:
            yield f"{order.number}: {told[kind]} mails {kind} were sent, its buyer wanted {lawful}"


def _told(order: Order, verb: str) -> int:
    """In how many of its returns this was done."""
    return sum(back.told[verb] for back in order.returns.values())


def _sent(shop: Shop, order: Order, what: str, parcels: Iterable[str]) -> range:
    """How many mails of these may have been sent: who changed their mind meanwhile may have been told before or not."""
    sure = perhaps = 0
    for parcel in parcels:
        if shop.claimed and not order.owner:
            perhaps += 1  # as ada wants it, from some moment on
        elif order.chosen.get(f"{what} {parcel}", 0) != shop.chosen[order.owner]:
            perhaps += 1
        elif SHIPPING_MAILS not in shop.unwanted.get(order.owner, set()):
            sure += 1
    return range(sure, sure + perhaps + 1)
