"""Disputes: a buyer takes the money back through the bank; the shop answers with evidence, and wins or loses."""

from __future__ import annotations

from . import payment_methods, shapes
from .calls import EXPAND, PAGING, Call, Endpoint, merged
from .errors import Json, StripeError
from .forms import Boolean, Fields, Kind, Metadata, Text

REASONS = (
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated", "debit_not_authorized",
    "duplicate", "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "noncompliant",
    "product_not_received", "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
_OPEN = ("needs_response", "under_review")
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
ANSWER_SECONDS = 21 * 24 * 3600
FEE = 2000


def open_dispute(call: Call, charged: Json, *, reason: str = "fraudulent", amount: int | None = None) -> Json:
    """The bank takes the money from the shop and asks for evidence."""
    rest = charged["amount_captured"] - charged["amount_refunded"]
    if charged["_dispute"] or not charged["captured"] or rest == 0:
        raise StripeError(f"Charge {charged['id']} has nothing left to dispute, or was disputed before.")
    if amount is not None and not 0 < amount <= rest:
        raise StripeError(f"At most {rest} of charge {charged['id']} can be disputed.", param="amount")
    made = _dispute(charged, amount=amount or rest, reason=reason)
    charged |= {"disputed": True, "_dispute": made["id"]}
    call.put("dispute", made)
    call.put("charge", charged)
    call.emit("charge.dispute.created", made)
    call.emit("charge.dispute.funds_withdrawn", made)
    call.emit("charge.updated", charged, previous={"disputed": False})
    return made


def open_if_the_card_says(call: Call, charged: Json) -> None:
    """Some test cards dispute what they paid as soon as the money was taken."""
    reason = payment_methods.card_of(call.find("payment_method", charged["payment_method"])).dispute
    if reason:
        open_dispute(call, charged, reason=reason)


def _dispute(charged: Json, *, amount: int, reason: str) -> Json:
    identifier = shapes.new_id("du")
    return {
        "id": identifier,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [_booking(identifier, charged, -amount, "dispute")],
        "charge": charged["id"],
        "created": shapes.now(),
        "currency": charged["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": shapes.now() + ANSWER_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charged["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charged["payment_method_details"]["card"]["brand"],
                "case_type": "chargeback",
                "network_reason_code": "10",
            },
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }


def _booking(dispute: str, charged: Json, amount: int, kind: str) -> Json:
    fee = FEE if amount < 0 else 0
    return {
        "id": f"txn_1{shapes.random_text(23)}",
        "object": "balance_transaction",
        "amount": amount,
        "available_on": shapes.now(),
        "balance_type": "payments",
        "created": shapes.now(),
        "currency": charged["currency"],
        "description": f"Chargeback withdrawal for {charged['id']}" if amount < 0 else "Chargeback reversal",
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {
                "amount": fee,
                "application": None,
                "currency": charged["currency"],
                "description": "Dispute fee",
                "type": "stripe_fee",
            }
        ]
        if fee
        else [],
        "net": amount - fee,
        "reporting_category": kind if amount < 0 else f"{kind}_reversal",
        "source": dispute,
        "status": "available",
        "type": "adjustment",
    }


def close(call: Call, found: Json, *, won: bool) -> None:
    """The bank has decided; who wins gets the money back."""
    demand_open(found)
    charged = call.find("charge", found["charge"])
    found["status"] = "won" if won else "lost"
    if won:
        found["balance_transactions"].append(_booking(found["id"], charged, found["amount"], "dispute"))
        found["is_charge_refundable"] = True
    call.put("dispute", found)
    if won:
        call.emit("charge.dispute.funds_reinstated", found)
    call.emit("charge.dispute.closed", found)


def demand_open(found: Json) -> None:
    """Nothing moves in a dispute that has ended."""
    if found["status"] not in _OPEN:
        raise StripeError(
            f"This dispute is already closed: it has a status of {found['status']}.", code="dispute_already_closed"
        )


def blocks_refund(call: Call, charged: Json) -> bool:
    """Whether the bank has the money of this charge, or has had the last word on it."""
    found = call.store.get(call.account, "dispute", charged["_dispute"] or "")
    return found is not None and not found["is_charge_refundable"]


def retrieve(call: Call, params: Json) -> Json:  # noqa: ARG001
    """One dispute."""
    return call.find("dispute", call.ids[0], param="dispute")


def page(call: Call, params: Json) -> Json:
    """Disputes, newest first, of all, of one charge or of one intent."""
    rows = call.store.all(call.account, "dispute")
    for name in ("charge", "payment_intent"):
        if name in params:
            rows = [row for row in rows if row[name] == params[name]]
    return call.page("dispute", params, url="/v1/disputes", rows=rows)


def update(call: Call, params: Json) -> Json:
    """Give evidence; `submit=false` keeps it as a draft. With submitted evidence the bank decides at once by its
    text, as Stripe's test mode does: `winning_evidence` or `losing_evidence`; else it thinks about it.
    """
    found = call.find("dispute", call.ids[0], param="dispute")
    if "metadata" in params:
        found["metadata"] = merged(found["metadata"], params["metadata"])
    if "evidence" in params:
        demand_open(found)
        found["evidence"] |= {name: value or None for name, value in params["evidence"].items()}
        found["evidence_details"]["has_evidence"] = True
    submitted = "evidence" in params and params.get("submit", True)
    if submitted:
        found["evidence_details"]["submission_count"] += 1
        found["status"] = "under_review"
    call.put("dispute", found)
    call.emit("charge.dispute.updated", found)
    verdict = {"winning_evidence": True, "losing_evidence": False}.get(found["evidence"]["uncategorized_text"])
    if submitted and verdict is not None:
        close(call, found, won=verdict)
    return found


def give_up(call: Call, params: Json) -> Json:  # noqa: ARG001
    """The shop accepts the loss."""
    found = call.find("dispute", call.ids[0], param="dispute")
    close(call, found, won=False)
    return found


_UPDATE: dict[str, Kind] = {
    "evidence": Fields(dict.fromkeys(_EVIDENCE, Text(unset=True, longest=20_000))),
    "metadata": Metadata(),
    "submit": Boolean(),
    **EXPAND,
}
ENDPOINTS = (
    Endpoint("GET", "/v1/disputes", page, {**PAGING, "charge": Text(), "payment_intent": Text()}),
    Endpoint("GET", "/v1/disputes/{id}", retrieve, EXPAND),
    Endpoint("POST", "/v1/disputes/{id}", update, _UPDATE),
    Endpoint("POST", "/v1/disputes/{id}/close", give_up, EXPAND),
)
