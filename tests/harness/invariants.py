"""The invariants of the shop (shared design, "Buying, step by step"), checked on the auditor's facts of a quiet shop.

Each check answers the sentences that are wrong; an empty list is what we want.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Facts = Mapping[str, Any]

FINAL = {"confirmed", "partly_shipped", "shipped", "delivered", "cancelled"}
STANDS = {"confirmed", "partly_shipped", "shipped", "delivered"}
IN_PARTS = {"goodwill", "damaged", "missing", "wrong_item", "late", "price", "other", "returned", "paid_twice"}
SEVERAL_TIMES = ("parcel_", "return_", "payment_failed")
ROUTINE = {"payments.payments_due"}
"""Comes due again and again while an order waits for its buyer, also between the quiet and this look."""
PAYMENT_ENDED = {"succeeded", "canceled"}


def stock_adds_up(facts: Facts) -> Iterable[str]:
    """Available + held + sold = received, nothing negative, and the ledger says the same."""
    for sku, row in facts["stock"].items():
        numbers = {name: row[name] for name in ("available", "held", "sold")}
        if sum(numbers.values()) != row["received"]:
            yield f"{sku}: {numbers} do not add up to the {row['received']} received"
        if min(numbers.values()) < 0:
            yield f"{sku}: negative stock {numbers}"
        for name, number in numbers.items():
            if row[f"ledger_{name}"] != number:
                yield f"{sku}: {name} is {number}, the ledger's movements sum to {row[f'ledger_{name}']}"


def nothing_is_held_for_final_orders(facts: Facts) -> Iterable[str]:
    """A hold belongs to an order that is still on its way; when all are final nothing is held."""
    for order_id, state in facts["holds"].items():
        order = facts["orders"].get(order_id)
        if state == "held" and (order is None or order["status"] in FINAL):
            yield f"hold of {order_id} is held, its order is {order and order['status']}"
    if all(order["status"] in FINAL for order in facts["orders"].values()):
        yield from (
            f"{sku}: {row['held']} held though all orders are final"
            for sku, row in facts["stock"].items()
            if row["held"]
        )


def sold_is_confirmed(facts: Facts) -> Iterable[str]:
    """Stock is sold to exactly the orders that stand."""
    committed = {order_id for order_id, state in facts["holds"].items() if state in {"sold", "committed"}}
    standing = {order_id for order_id, order in facts["orders"].items() if order["status"] in STANDS}
    yield from (f"order {order_id} stands, but its stock is not sold" for order_id in sorted(standing - committed))
    yield from (f"stock is sold to {order_id}, which does not stand" for order_id in sorted(committed - standing))


def one_intent_per_order(facts: Facts) -> Iterable[str]:
    """At most one payment intent exists at the provider for an order; `intents` is order id -> ids there."""
    for order_id, intents in facts.get("intents", {}).items():
        if len(intents) > 1:
            yield f"order {order_id} has {len(intents)} intents at the provider: {intents}"
    known = Counter(payment["intent"] for payment in facts["payments"].values() if payment["intent"])
    yield from (f"intent {intent} is the payment of {count} orders" for intent, count in known.items() if count > 1)


def money_is_kept_iff_the_order_stands(facts: Facts) -> Iterable[str]:
    """Who has paid has an order that stands or has the money back; who has not paid has none.

    Money that is set aside is as good as paid until something is shipped: then it must have been captured, all of it or
    the part that finance chose. Staff may be content with what came, or send money back where no provider sees it.
    """
    for order_id, order in facts["orders"].items():
        payment = facts["payments"].get(order_id)
        part = payment.get("in_part", 0) if payment else 0
        wanted = order["paid"] if order.get("content") else part or order["total"]
        kept, due = _kept(payment) - order.get("by_hand", 0), wanted - order.get("sent_back", 0)
        aside = _aside(payment)
        covered = kept + aside if order["status"] == "confirmed" else kept
        if order["status"] in STANDS and covered != due:
            yield f"order {order_id} is {order['status']} and {due} should be kept of it, but {kept} is"
        if order["status"] == "cancelled" and kept:
            yield f"order {order_id} is cancelled, but {kept} of its money is kept"
        if order["status"] == "cancelled" and payment and payment["status"] not in PAYMENT_ENDED:
            yield f"order {order_id} is cancelled, but its payment is {payment['status']}"


def money_is_the_same_at_the_provider(facts: Facts) -> Iterable[str]:
    """What the provider received and gave back is what we know; `provider` is order id -> received, refunded there."""
    for order_id, there in facts.get("provider", {}).items():
        payment = facts["payments"].get(order_id)
        here = {"received": payment["received"], "refunded": payment["refunded"]} if payment else None
        if here != there and not (here is None and not any(there.values())):
            yield f"order {order_id}: the provider says {there}, we say {here}"


def what_is_set_aside_is_captured_once_or_let_go(facts: Facts) -> Iterable[str]:
    """Never more is captured than was set aside, nor sent back than was captured; the provider holds back no rest.

    `aside` is order id -> what the provider would still let us capture.
    """
    for order_id, payment in facts["payments"].items():
        authorized, received, refunded = payment.get("authorized", 0), payment["received"], payment["refunded"]
        if authorized and received > authorized:
            yield f"order {order_id}: {received} was captured of {authorized} that were set aside"
        if refunded > received:
            yield f"order {order_id}: {refunded} was sent back of {received} that came"
    for order_id, rest in facts.get("aside", {}).items():
        payment = facts["payments"].get(order_id)
        due = _aside(payment)
        if rest != due:
            yield f"order {order_id}: {rest} is still set aside at the provider, it should be {due}"


def each_capture_took_once_what_it_was_for(facts: Facts) -> Iterable[str]:
    """One that was asked for twice has taken more than its amount; one that a void outran has taken nothing."""
    taken: Counter[str] = Counter()
    for capture in facts.get("captures", ()):
        taken[capture["order_id"]] += capture["taken"]
        if capture["taken"] != (capture["asked"] if capture["done"] else 0):
            yield f"order {capture['order_id']}: a capture of {capture['asked']} took {capture['taken']}"
    for order_id, came in taken.items():
        if came != (received := facts["payments"][order_id]["received"]):
            yield f"order {order_id}: its captures took {came}, but {received} came"


def the_books_explain_the_money(facts: Facts) -> Iterable[str]:
    """Every currency's ledger sums to zero, and says of each order what its payment says."""
    yield from (f"the ledger of {currency} sums to {total}" for currency, total in facts["books"].items() if total)
    for order_id, payment in facts["payments"].items():
        sent = sum(
            row["amount"] for row in facts["refunds"] if row["order_id"] == order_id and row["status"] == "succeeded"
        )
        if payment["booked"] != payment["received"] - sent:
            yield f"order {order_id}: {payment['received'] - sent} is kept, the ledger says {payment['booked']}"


def one_refund_per_reason(facts: Facts) -> Iterable[str]:
    """An order's money is sent back at most once for one reason, but for what staff decide and for returns."""
    done = Counter(
        (row["order_id"], row["reason"])
        for row in facts["refunds"]
        if row["status"] != "failed" and row["reason"] not in IN_PARTS
    )
    yield from (
        f"order {order_id} was refunded {count} times for {reason}"
        for (order_id, reason), count in done.items()
        if count > 1
    )


def one_message_of_each_kind(facts: Facts) -> Iterable[str]:
    """Nobody is told twice, and everybody of a confirmed order is told, unless it was taken over from elsewhere.

    An order has as many messages of parcels, returns and declined cards as it has of these, and of refunds at most as
    many as it has refunds. What was told to somebody who is erased says no more to whom.
    """
    refunds = Counter(row["order_id"] for row in facts["refunds"])
    seen = Counter(
        (row["order_id"], row["kind"], row["channel"], row["recipient"])
        for row in facts["messages"]
        if not row["kind"].startswith(SEVERAL_TIMES) and (row["recipient"] or row["order_id"])
    )
    yield from (
        f"{count} messages {key}"
        for key, count in seen.items()
        if count > 1 and not (key[1] == "order_refunded" and count <= refunds[key[0]])
    )
    told = {(row["order_id"], row["kind"]) for row in facts["messages"] if row["status"] == "sent"}
    for order_id, order in facts["orders"].items():
        if _imported(facts["payments"].get(order_id)):
            continue
        if order["status"] == "confirmed" and not any(who == order_id and "confirmed" in kind for who, kind in told):
            yield f"order {order_id} is confirmed, and nobody was told"


def carts_follow_their_orders(facts: Facts) -> Iterable[str]:
    """An ordered cart belongs to an order that stands, is on its way or was paid; no two carts share an order."""
    orders = Counter(cart["order_id"] for cart in facts["carts"].values() if cart["order_id"])
    yield from (f"{count} carts belong to order {order_id}" for order_id, count in orders.items() if count > 1)
    for cart_id, cart in facts["carts"].items():
        order = facts["orders"].get(cart["order_id"], {})
        unpaid = not (order.get("paid") or order.get("covered"))  # covered: by money that was only set aside
        if cart["status"] == "ordered" and order.get("status") == "cancelled" and unpaid:
            yield f"cart {cart_id} is closed for {cart['order_id']}, which was cancelled unpaid"


def nothing_waits_and_nothing_is_dead(facts: Facts) -> Iterable[str]:
    """Outbox empty, nothing dead, nothing due but the look at a payment that its buyer has not made yet."""
    yield from (f"{count} in {name}" for name, count in facts["pending"].items() if count and name not in ROUTINE)


ALL: tuple[Callable[[Facts], Iterable[str]], ...] = (
    stock_adds_up,
    nothing_is_held_for_final_orders,
    sold_is_confirmed,
    one_intent_per_order,
    money_is_kept_iff_the_order_stands,
    money_is_the_same_at_the_provider,
    what_is_set_aside_is_captured_once_or_let_go,
    each_capture_took_once_what_it_was_for,
    the_books_explain_the_money,
    one_refund_per_reason,
    one_message_of_each_kind,
    carts_follow_their_orders,
    nothing_waits_and_nothing_is_dead,
)


def broken(facts: Facts) -> list[str]:
    """What is wrong, one sentence each."""
    return [f"{check.__name__}: {sentence}" for check in ALL for sentence in check(facts)]


def _kept(payment: Mapping[str, Any] | None) -> int:
    return payment["received"] - payment["refunded"] if payment else 0


def _aside(payment: Mapping[str, Any] | None) -> int:
    """What may still be captured."""
    there = payment is not None and payment["status"] == "authorized"
    return payment["authorized"] - payment["received"] if payment and there else 0


def _imported(payment: Mapping[str, Any] | None) -> bool:
    """The demo's orders of the past: nobody is told of them."""
    return payment is not None and payment.get("provider") == "imported"
