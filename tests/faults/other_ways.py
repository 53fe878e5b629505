"""More ways of a purchase, in this process: money set aside first, money by bank, money that comes after the end."""

from __future__ import annotations

from typing import Any

from shop import clock
from tests.model.world import World, fresh_key

from .purchases import (
    EUR,
    Ends,
    Story,
    as_confirmed,
    at_stripe,
    await_status,
    cancel,
    deliver_all,
    demand,
    place,
    ship,
    staff,
)


def authorised_then_sent_in_two(world: World) -> Ends:
    """The first parcel takes all of the money that was set aside."""
    order = as_confirmed(world)
    ship(world, order, lines=[{"sku": "MUG-BLUE", "quantity": 1}])
    deliver_all(world)
    ship(world, order)
    deliver_all(world)
    return {"shipped": 1}


def authorised_then_cancelled(world: World) -> Ends:
    """It is let go, not refunded."""
    order = as_confirmed(world)
    cancel(world, order)
    deliver_all(world)
    assert not world.stripe.received(order["id"])
    return {"cancelled": 1}


def authorised_captured_by_finance_then_cancelled(world: World) -> Ends:
    order = as_confirmed(world)
    demand(world, "finance", f"/payments/{order['id']}/captures", {})
    deliver_all(world)
    cancel(world, order)
    deliver_all(world)
    return {"cancelled": 1}


def authorised_captured_in_part_then_shipped(world: World) -> Ends:
    """Finance takes less than was set aside: the bank lets go of the rest, and the parcel takes no more."""
    order = as_confirmed(world)
    demand(world, "finance", f"/payments/{order['id']}/captures", {"amount": {"amount": 1000, "currency": EUR}})
    deliver_all(world)
    ship(world, order)
    deliver_all(world)
    assert world.stripe.received(order["id"]) == 1000
    return {"shipped": 1}


def authorised_captured_in_parts_then_shipped(world: World) -> Ends:
    """Finance takes two parts; what is left goes with the first parcel."""
    order = as_confirmed(world)
    captured_in_parts(world, order)
    ship(world, order)
    deliver_all(world)
    return {"shipped": 1}


def authorised_captured_in_parts_then_cancelled(world: World) -> Ends:
    """The parts go back, what is left is let go."""
    order = as_confirmed(world)
    captured_in_parts(world, order)
    cancel(world, order)
    deliver_all(world)
    return {"cancelled": 1}


def captured_in_parts(world: World, order: dict[str, Any]) -> None:
    for amount in (500, 300):
        part = {"amount": {"amount": amount, "currency": EUR}, "final_capture": False}
        demand(world, "finance", f"/payments/{order['id']}/captures", part)
        deliver_all(world)


def authorisation_lapsed(world: World) -> Ends:
    """Nobody captured for a week: nothing is shipped, and staff ends it."""
    order = as_confirmed(world)
    at_stripe(world, order, "lapse")
    deliver_all(world)
    await_status(world, order, "review")
    staff(world, "finance", order, "cancel", {"reason": "its money lapsed"})
    world.run_woken()
    return {"cancelled": 1}


def paid_by_bank(world: World) -> Ends:
    order = place(world, payment_method="bank_transfer")
    await_status(world, order, "awaiting_payment")
    came_by_bank(world, order)
    return {"confirmed": 1}


def late_money_by_bank(world: World) -> Ends:
    """It comes after the order has ended, and goes back."""
    order = place(world, payment_method="bank_transfer")
    await_status(world, order, "awaiting_payment")
    cancel(world, order)
    await_status(world, order, "cancelled")
    came_by_bank(world, order)
    while not (asked := world.facts()["refunds"]):
        world.sweep()
    [refund] = asked
    sent = {"sent_on": today(), "reference": "OUT-1"}
    demand(world, "finance", f"/payments/refunds/{refund['refund_id']}/sent", sent)
    world.run_woken()
    return {"cancelled": 1}


def with_a_saved_card(world: World) -> Ends:
    """Saved by the first order, and one more by itself; the second order is paid with it."""
    deliver_all(world)
    first = place(world, "ada", save_payment_method=True)
    at_stripe(world, first, "pay", payment_method="pm_card_visa")
    deliver_all(world)
    setup = demand(world, "ada", "/me/payment-methods/setup-intents", {})
    assert world.stripe.do(setup["id"], "pay", payment_method="pm_card_mastercard")
    deliver_all(world)
    saved = world.send("ada", "GET", "/me/payment-methods").json()["data"]
    assert len(saved) == 2, saved
    second = place(world, "ada", "CUP-GREEN")
    at_stripe(world, second, "pay", payment_method=saved[0]["id"])
    deliver_all(world)
    return {"confirmed": 2}


def came_by_bank(world: World, order: dict[str, Any]) -> None:
    """Finance reads it in the statement."""
    line = {"amount": order["total"], "received_on": today(), "reference": f"TX-{fresh_key()[:8]}"}
    demand(world, "finance", f"/payments/{order['id']}/receipts", line)
    world.run_woken()


def today() -> str:
    return clock.now().date().isoformat()


AUTHORISED: tuple[Story, ...] = (
    authorised_then_sent_in_two, authorised_then_cancelled, authorised_captured_by_finance_then_cancelled,
    authorised_captured_in_part_then_shipped, authorised_captured_in_parts_then_shipped,
    authorised_captured_in_parts_then_cancelled, authorisation_lapsed,
)  # fmt: skip
"""With PAYMENTS_CAPTURE=manual."""
OTHERS: tuple[Story, ...] = (*AUTHORISED, paid_by_bank, late_money_by_bank, with_a_saved_card)
