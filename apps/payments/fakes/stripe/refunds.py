"""Charges (read) and refunds: never more than was charged, also when asked in parts."""

from __future__ import annotations

from . import disputes, payment_methods, shapes
from .calls import EXPAND, PAGING, Call, Endpoint, merged, refuse_together
from .errors import Json, StripeError, ValidationError
from .forms import Choice, Integer, Metadata, Text
from .money import written


def create(call: Call, params: Json) -> Json:
    """Send money back; the whole rest unless an amount is given."""
    refuse_together(params, "charge", "payment_intent")
    charged = _charge_to_refund(call, params)
    if disputes.blocks_refund(call, charged):
        raise StripeError(
            f"The charge {charged['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    amount = _amount(charged, params.get("amount"))
    made = shapes.refund(
        charged, amount=amount, reason=params.get("reason"), metadata=merged({}, params.get("metadata", {}))
    )
    made["status"] = payment_methods.card_of(call.find("payment_method", charged["payment_method"])).refund
    charged["amount_refunded"] += amount
    charged["refunded"] = charged["captured"] and charged["amount_refunded"] == charged["amount_captured"]
    charged["_refunds"].append(made["id"])
    call.put("refund", made)
    call.put("charge", charged)
    call.emit("charge.refunded", charged)
    call.emit("refund.created", made)
    call.emit("refund.updated", made)
    return made


def _charge_to_refund(call: Call, params: Json) -> Json:
    if "charge" in params:
        return call.find("charge", params["charge"], param="charge")
    if "payment_intent" not in params:
        raise ValidationError(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    intent = call.find("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded" and not intent["amount_received"]:
        raise StripeError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent"
        )
    return call.find("charge", intent["latest_charge"])


def _amount(charged: Json, asked: int | None) -> int:
    if charged["status"] != "succeeded":
        raise StripeError(f"Charge {charged['id']} did not succeed and cannot be refunded.", param="charge")
    if not charged["captured"] and not charged.get("_captures"):  # of several captures each can be sent back at once
        raise StripeError(
            f"Charge {charged['id']} was not captured. Cancel its PaymentIntent to let the money go.", param="charge"
        )
    rest: int = charged["amount_captured"] - charged["amount_refunded"]
    if rest == 0:
        raise StripeError(f"Charge {charged['id']} has already been refunded.", code="charge_already_refunded")
    if asked is not None and asked > rest:
        limit = "unrefunded amount on charge" if charged["amount_refunded"] else "charge amount"
        raise StripeError(
            f"Refund amount ({written(asked, charged['currency'])}) is greater than {limit} "
            f"({written(rest, charged['currency'])})",
            param="amount",
        )
    return rest if asked is None else asked


def retrieve(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One refund."""
    return call.find("refund", call.ids[0], param="refund")


def update(call: Call, params: Json) -> Json:
    """Change a refund's metadata, the only thing that may change."""
    found = call.find("refund", call.ids[0], param="refund")
    if "metadata" in params:
        found["metadata"] = merged(found["metadata"], params["metadata"])
    call.put("refund", found)
    call.emit("refund.updated", found)
    return found


def page(call: Call, params: Json) -> Json:
    """Refunds, newest first, of all or of one intent or charge."""
    rows = None
    if "charge" in params:
        rows = _of_charges(call, [params["charge"]])
    elif "payment_intent" in params:
        intent = call.find("payment_intent", params["payment_intent"], param="payment_intent")
        rows = _of_charges(call, intent["_charges"])
    return call.page("refund", params, url="/v1/refunds", rows=rows)


def _of_charges(call: Call, charges: list[str]) -> list[Json]:
    found = [call.find("charge", charge, param="charge") for charge in charges]
    return [call.find("refund", refund) for charged in found for refund in charged["_refunds"]]


def settle(call: Call, found: Json) -> None:
    """A refund that was on its way has arrived."""
    found["status"] = "succeeded"
    call.put("refund", found)
    call.emit("refund.updated", found, previous={"status": "pending"})


def fail(call: Call, found: Json) -> None:
    """The bank sent the refund back: the money is with the shop again."""
    charged = call.find("charge", found["charge"])
    found |= {
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": f"txn_3{shapes.random_text(23)}",
    }
    charged["amount_refunded"] -= found["amount"]
    charged["refunded"] = False
    call.put("refund", found)
    call.put("charge", charged)
    call.emit("refund.failed", found)
    call.emit("refund.updated", found)


def retrieve_charge(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One charge."""
    return call.find("charge", call.ids[0], param="charge")


def page_of_charges(call: Call, params: Json) -> Json:
    """Charges, newest first, of all or of one intent."""
    rows = None
    if "payment_intent" in params:
        intent = call.find("payment_intent", params["payment_intent"], param="payment_intent")
        rows = [call.find("charge", charge) for charge in intent["_charges"]]
    if "customer" in params:
        rows = call.store.all(call.account, "charge") if rows is None else rows
        rows = [row for row in rows if row["customer"] == params["customer"]]
    return call.page("charge", params, url="/v1/charges", rows=rows)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/refunds",
        create,
        {
            "charge": Text(),
            "payment_intent": Text(),
            "amount": Integer(least=1),
            "reason": Choice(("duplicate", "fraudulent", "requested_by_customer")),
            "metadata": Metadata(),
            **EXPAND,
        },
    ),
    Endpoint("GET", "/v1/refunds", page, {**PAGING, "charge": Text(), "payment_intent": Text()}),
    Endpoint("GET", "/v1/refunds/{id}", retrieve, EXPAND),
    Endpoint("POST", "/v1/refunds/{id}", update, {"metadata": Metadata(), **EXPAND}),
    Endpoint("GET", "/v1/charges", page_of_charges, {**PAGING, "payment_intent": Text(), "customer": Text()}),
    Endpoint("GET", "/v1/charges/{id}", retrieve_charge, EXPAND),
)
