"""Money that was set aside first: taken whole or in parts, let go, or lapsed after seven days."""

from __future__ import annotations

from . import disputes, shapes
from .calls import Call
from .errors import Json, StripeError, unexpected_state
from .money import written

MOST_CAPTURES = 50


def amount_to_take(intent: Json, charged: Json | None, params: Json) -> int:
    """What is asked for, or all; what cannot be captured is refused before anything changes."""
    if intent["status"] != "requires_capture" or charged is None:
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            shapes.public(intent),
        )
    more = params.get("final_capture") is False
    if more and (not may_be_in_parts(charged) or charged.get("_captures", 0) >= MOST_CAPTURES - 1):
        raise StripeError(
            "This payment is not eligible for capturing more than once: final_capture cannot be false.",
            param="final_capture",
        )
    asked: int = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    if asked < 1 and (more or not charged.get("_captures")):
        raise StripeError("This value must be greater than or equal to 1.", param="amount_to_capture")
    if asked > intent["amount_capturable"]:
        currency = intent["currency"]
        raise StripeError(
            f"The amount to capture ({written(asked, currency)}) is greater than the amount that can be captured "
            f"({written(intent['amount_capturable'], currency)}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    return asked


def may_be_in_parts(charged: Json) -> bool:
    """Whether several captures were asked for with the intent, and the card's bank allows them."""
    told = charged["payment_method_details"]["card"].get("multicapture", {})
    return bool(told.get("status") == "available")


def take(call: Call, intent: Json, charged: Json, amount: int, *, final: bool) -> None:
    """So much more is captured; a final capture lets go of the rest. Released money makes no refund."""
    received = intent["amount_received"] + amount
    charged |= {
        "captured": final,
        "amount_captured": received,
        "refunded": final and charged["amount_refunded"] == received,
        "balance_transaction": f"txn_3{shapes.random_text(23)}",
        "_captures": charged.get("_captures", 0) + 1,
    }
    intent |= {
        "status": "succeeded" if final else "requires_capture",
        "amount_capturable": 0 if final else intent["amount_capturable"] - amount,
        "amount_received": received,
    }
    call.put("charge", charged)
    call.put("payment_intent", intent)
    if amount:
        call.emit("charge.captured", charged)
    call.emit("payment_intent.succeeded" if final else "payment_intent.amount_capturable_updated", intent)
    if final:
        disputes.open_if_the_card_says(call, charged)


def lapse(call: Call, intent: Json) -> None:
    """Nobody captured in time: what was taken before is kept, the rest is let go."""
    charged = call.find("charge", intent["latest_charge"])
    if charged.get("_captures"):
        take(call, intent, charged, 0, final=True)
        return
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": shapes.now(),
        "cancellation_reason": "automatic",  # later versions say expired, which the document we check against has not
    }
    call.put("payment_intent", intent)
    call.emit("charge.expired", charged)
    call.emit("payment_intent.canceled", intent)
