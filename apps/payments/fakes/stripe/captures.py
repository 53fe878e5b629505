"""Money that was set aside first: taken whole or in part, let go, or lapsed after seven days."""

from __future__ import annotations

from . import disputes, shapes
from .calls import Call
from .errors import Json, StripeError, unexpected_state
from .money import written


def amount_to_take(intent: Json, params: Json) -> int:
    """What is asked for, or all; what cannot be captured is refused before anything changes."""
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            shapes.public(intent),
        )
    if params.get("final_capture") is False:
        raise StripeError(
            "This payment is not eligible for capturing more than once: final_capture cannot be false.",
            param="final_capture",
        )
    asked: int = params["amount_to_capture"] if "amount_to_capture" in params else intent["amount_capturable"]
    if asked > intent["amount_capturable"]:
        currency = intent["currency"]
        raise StripeError(
            f"The amount to capture ({written(asked, currency)}) is greater than the amount that can be captured "
            f"({written(intent['amount_capturable'], currency)}).",
            code="amount_too_large",
            param="amount_to_capture",
        )
    return asked


def take(call: Call, intent: Json, amount: int) -> None:
    """The charge is captured; what was not asked for goes back as a refund that took no money, as at Stripe."""
    charged = call.find("charge", intent["latest_charge"])
    rest = charged["amount"] - amount
    if rest:
        _give_back(call, charged, rest)
    charged |= {
        "captured": True,
        "amount_captured": amount,
        "balance_transaction": f"txn_3{shapes.random_text(23)}",
    }
    intent |= {"status": "succeeded", "amount_capturable": 0, "amount_received": amount}
    call.put("charge", charged)
    call.put("payment_intent", intent)
    call.emit("charge.captured", charged)
    call.emit("payment_intent.succeeded", intent)
    disputes.open_if_the_card_says(call, charged)


def release(call: Call, charged: Json) -> None:
    """Nothing will be taken: the whole goes back."""
    _give_back(call, charged, charged["amount"])


def lapse(call: Call, intent: Json) -> None:
    """Nobody captured in time."""
    charged = call.find("charge", intent["latest_charge"])
    release(call, charged)
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": shapes.now(),
        "cancellation_reason": "automatic",
    }
    call.put("payment_intent", intent)
    call.emit("charge.expired", charged)
    call.emit("payment_intent.canceled", intent)


def _give_back(call: Call, charged: Json, amount: int) -> None:
    made = shapes.refund(charged, amount=amount) | {"_released": True}
    charged["amount_refunded"] += amount
    charged["refunded"] = charged["amount_refunded"] == charged["amount"]
    charged["_refunds"].append(made["id"])
    call.put("refund", made)
    call.put("charge", charged)
    call.emit("charge.refunded", charged)
    call.emit("refund.created", made)
