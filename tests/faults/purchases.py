"""The ways a purchase can go, in this process, where a death costs milliseconds: who dies asks or is told again.

Each story knows only what clients, Stripe's postman and staff know, and answers the states in which the orders end.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings

from tests.goods import hold_lapses, recheck_payments_now, take_from_shelf
from tests.model.world import A_LEASE, ADDRESS, World, fresh_key

Ends = dict[str, int]
"""How many orders are in which state."""
Story = Callable[[World], Ends | tuple[Ends, ...]]
"""Answers how it must end, or the ways in which it may."""
CARD, DECLINED, SECURE = "pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired"
WINDOW = timedelta(seconds=1801)
EUR = "EUR"


def as_guest(world: World) -> Ends:
    pay(world, order := place(world))
    deliver_all(world)
    assert order["status"]
    return {"confirmed": 1}


def as_customer(world: World) -> Ends:
    pay(world, place(world, "ada", "MUG-BLUE", 2))
    deliver_all(world)
    return {"confirmed": 1}


def webhook_before_our_call_returned(world: World) -> Ends:
    """The buyer pays an intent whose making was never answered to us; the news overtake the order's own step."""
    world.stripe.trouble("drop", "after", 500)
    order = place(world)
    pay(world, order)
    deliver_all(world)
    return {"confirmed": 1}


def webhook_lost(world: World) -> Ends:
    pay(world, place(world))
    world.stripe.collect()
    world.stripe.tray.clear()
    recheck_payments_now()
    world.sweep()
    return {"confirmed": 1}


def webhooks_doubled_and_turned_round(world: World) -> Ends:
    pay(world, place(world))
    world.stripe.collect()
    world.stripe.tray = [body for body in reversed(world.stripe.tray) for _ in range(2)]
    deliver_all(world)
    return {"confirmed": 1}


def declined_then_paid(world: World) -> Ends:
    order = place(world)
    pay(world, order, DECLINED)
    deliver_all(world)
    pay(world, order)
    deliver_all(world)
    return {"confirmed": 1}


def with_3d_secure(world: World) -> Ends:
    order = place(world)
    pay(world, order, SECURE)
    deliver_all(world)
    at_stripe(world, order, "authenticate", result="succeed")
    deliver_all(world)
    return {"confirmed": 1}


def never_paid(world: World) -> Ends:
    place(world)
    world.run_woken()
    world.pass_time(WINDOW)
    tick(world, "orders.advance_due_orders")
    return {"cancelled": 1}


def cancelled_before_payment(world: World) -> Ends:
    cancel(world, place(world))
    return {"cancelled": 1}


def cancelled_after_payment(world: World) -> Ends:
    cancel(world, as_confirmed(world))
    deliver_all(world)
    return {"cancelled": 1}


def paid_then_cancelled_before_we_heard(world: World) -> tuple[Ends, ...]:
    """Stripe has the money when the buyer gives up: the order stands, unless the buyer asks again, unanswered."""
    order = place(world)
    pay(world, order)
    cancel(world, order)
    deliver_all(world)
    return {"confirmed": 1}, {"cancelled": 1}


def cancelled_then_paid(world: World) -> Ends:
    """The buyer pays on an open page after giving up: Stripe takes no money for what is closed."""
    order = place(world)
    cancel(world, order)
    intent = world.stripe.intent(order["id"])
    if intent and intent["status"] == "canceled":
        assert not world.stripe.do(intent["id"], "pay", payment_method=CARD)
    deliver_all(world)
    return {"cancelled": 1}


def late_money(world: World) -> Ends:
    """It was on its way when the window ended; stock stays held until it is known, and the order stands."""
    order = place(world)
    at_stripe(world, order, "process")
    deliver_all(world)
    world.pass_time(WINDOW)
    tick(world, "orders.advance_due_orders")
    at_stripe(world, order, "settle", result="succeed")
    deliver_all(world)
    return {"confirmed": 1}


def hold_lost(world: World) -> Ends:
    """The hold lapsed and the goods are gone when the money comes: it goes back."""
    order = place(world, sku="MUG-RED", count=4)
    hold_lapses(order_id=order["id"])
    take_from_shelf(sku="MUG-RED", quantity=4)
    pay(world, order)
    deliver_all(world)
    return {"cancelled": 1}


def sold_out_among_eight(world: World) -> Ends:
    """Four red mugs: four buyers get one, four are told that there are no more and have no order."""
    placed = [place(world, sku="MUG-RED", may_be_refused=True) for _ in range(8)]
    got = [order for order in placed if order]
    assert len(got) == 4
    pay(world, got[0])
    deliver_all(world)
    return {"confirmed": 1, "awaiting_payment": 3}


def refunded_in_part_twice(world: World) -> Ends:
    order = as_confirmed(world)
    if settings.PAYMENTS_CAPTURE == "manual":
        demand(world, "finance", f"/payments/{order['id']}/captures", {})
        deliver_all(world)
    for reason, cents in (("damaged", 300), ("goodwill", 200)):
        body = {"amount": {"amount": cents, "currency": EUR}, "reason": reason, "detail": "A part."}
        staff(world, "finance", order, "refunds", body)
        world.run_woken()
    deliver_all(world)
    return {"confirmed": 1}


def shipped(world: World) -> Ends:
    ship(world, as_confirmed(world))
    return {"shipped": 1}


def returned(world: World) -> Ends:
    """Shipped, at the buyer's, sent back, received, restocked, refunded."""
    order = as_confirmed(world)
    parcel = ship(world, order)
    staff(world, "fulfilment", order, f"parcels/{parcel['id']}/deliver", {})
    world.run_woken()
    wish = {"lines": [{"sku": "MUG-BLUE", "quantity": 1}], "reason": "damaged"}
    back = staff(world, f"order:{order['id']}", order, "returns", wish)
    staff(world, "fulfilment", order, f"returns/{back['id']}/authorise", {})
    staff(world, "fulfilment", order, f"returns/{back['id']}/receive", {})
    world.run_woken()
    staff(world, "finance", order, f"returns/{back['id']}/refund", {})
    world.run_woken()
    deliver_all(world)
    return {"delivered": 1}


STORIES: tuple[Story, ...] = (
    as_guest, as_customer, webhook_before_our_call_returned, webhook_lost, webhooks_doubled_and_turned_round,
    declined_then_paid, with_3d_secure, never_paid, cancelled_before_payment, cancelled_after_payment,
    paid_then_cancelled_before_we_heard, cancelled_then_paid, late_money, hold_lost, sold_out_among_eight,
    refunded_in_part_twice, shipped, returned,
)  # fmt: skip


# --- what they are made of -------------------------------------------------------------------------------------------


def place(
    world: World, who: str = "", sku: str = "MUG-BLUE", count: int = 1, *, may_be_refused: bool = False, **more: Any
) -> dict[str, Any]:
    """A cart, a line, an order with these fields more; empty when it was refused."""
    key = {"idempotency_key": fresh_key()}
    cart = world.send(who, "POST", "/carts", {}, **key).json()["id"]
    world.send(who, "PUT", f"/carts/{cart}/lines/{sku}", {"quantity": count})
    body = {"cart_id": cart, "email": "ada@example.com", "shipping_address": ADDRESS, **more}
    answer = world.send(who, "POST", "/orders", body, idempotency_key=fresh_key())
    assert answer.status_code in (201, 202) or may_be_refused, answer.content
    return dict(answer.json()) if answer.status_code < 300 else {}


def pay(world: World, order: dict[str, Any], card: str = CARD) -> None:
    at_stripe(world, order, "pay", payment_method=card)


def at_stripe(world: World, order: dict[str, Any], verb: str, **fields: str) -> None:
    """The buyer's page or the bank, as soon as there is an intent: the worker may have to make it."""
    for _ in range(5):
        if intent := world.stripe.intent(order["id"]):
            world.stripe.do(intent["id"], verb, **fields)
            return
        tick(world, "orders.advance_due_orders")
    raise AssertionError("nobody ever opened the payment")


def deliver_all(world: World) -> None:
    """Stripe's postman comes again until each is taken; the worker does what it is woken for in between."""
    world.stripe.collect()
    while world.stripe.tray:
        body = world.stripe.tray.pop(0)
        while not world.deliver(body):
            world.pass_time(A_LEASE)
        world.run_woken()
        world.stripe.collect()


def tick(world: World, job: str) -> None:
    """Beat's sweep, once more if the worker died of it."""
    deaths = len(world.deaths)
    world.run(job)
    world.pass_time(A_LEASE)
    if len(world.deaths) > deaths:
        world.run(job)
    world.run_woken()


def cancel(world: World, order: dict[str, Any]) -> None:
    staff(world, f"order:{order['id']}", order, "cancel", {"reason": "changed my mind"})
    world.run_woken()


def as_confirmed(world: World) -> dict[str, Any]:
    """Ordered and paid; whoever died on the way, the worker has finished it."""
    order = place(world, count=2)
    pay(world, order)
    deliver_all(world)
    await_status(world, order, "confirmed")
    return order


def await_status(world: World, order: dict[str, Any], status: str) -> None:
    """Beat ticks until it is so."""
    for _ in range(12):
        if world.send(f"order:{order['id']}", "GET", f"/orders/{order['number']}").json()["status"] == status:
            return
        world.sweep()
    raise AssertionError(f"it was never {status}")


def ship(world: World, order: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = staff(world, "fulfilment", order, "parcels", {"carrier": "DHL", "tracking_number": "1", **more})
    world.run_woken()
    return made


def staff(world: World, who: str, order: dict[str, Any], path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A POST about this order that must be taken."""
    return demand(world, who, f"/orders/{order['number']}/{path}", body)


def demand(world: World, who: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A POST that must be taken, at the latest when the worker has done what must come before."""
    answer = world.send(who, "POST", path, body, idempotency_key=fresh_key())
    if answer.status_code == 409:
        world.sweep()
        answer = world.send(who, "POST", path, body, idempotency_key=fresh_key())
    assert answer.status_code < 300, answer.content
    return dict(json.loads(answer.content))


def ends(facts: dict[str, Any]) -> Ends:
    return dict(Counter(order["status"] for order in facts["orders"].values()))
