"""How the money of an order looks in the OpenAPI document."""

from __future__ import annotations

from typing import Any

_ORDER = "019bf8a3-1c40-7d21-b3a9-5e6f7a8b9c0d"
_REFUND = "019bf8b7-9f10-7a55-8d21-0b1c2d3e4f50"
_AT = "2026-01-02T09:00:00Z"


def _euro(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


SUMMARY: dict[str, Any] = {
    "order_id": _ORDER,
    "order_number": "SO-7K3M-9QX2",
    "method": "bank_transfer",
    "provider": "bank_transfer",
    "provider_reference": f"bank-{_ORDER}",
    "status": "succeeded",
    "amount": _euro(2895),
    "authorized": _euro(0),
    "received": _euro(2895),
    "refunded": _euro(500),
    "disputed": _euro(0),
    "created_at": "2026-01-01T12:00:00Z",
    "authorized_at": None,
    "succeeded_at": _AT,
}
REFUND: dict[str, Any] = {
    "refund_id": _REFUND,
    "order_id": _ORDER,
    "method": "bank_transfer",
    "status": "pending",
    "amount": _euro(500),
    "reason": "damaged",
    "provider_reference": f"bank-{_REFUND}",
    "last_error": "",
    "created_at": _AT,
    "succeeded_at": None,
}
ENTRY: dict[str, Any] = {
    "posting_id": "0f0e7d5a-5f0c-5a55-9a3e-6a3f1f9a2c11",
    "kind": "received",
    "account": "bank",
    "amount": _euro(2895),
    "reference": "2026-01-02/0017",
    "at": _AT,
}
EVENT: dict[str, Any] = {
    "id": "evt_1Qabc",
    "type": "payment_intent.succeeded",
    "status": "handled",
    "note": "Payment is succeeded, intent is succeeded.",
    "attempts": 1,
    "reference": "pi_1Qabc",
    "occurred_at": _AT,
    "received_at": _AT,
    "handled_at": _AT,
}
OPERATION: dict[str, Any] = {
    "id": "019bf8b7-0000-7a55-8d21-0b1c2d3e4f50",
    "kind": "bank_receipt",
    "refund_id": None,
    "amount": _euro(2895),
    "happened_on": "2026-01-02",
    "reference": "2026-01-02/0017",
    "note": "",
    "actor": "staff:019bf8a0-0000-7b7d-8f6a-0c5f7d1c9a02",
    "at": _AT,
}
DISPUTE: dict[str, Any] = {
    "id": "du_1Qabc",
    "order_id": _ORDER,
    "status": "open",
    "provider_status": "needs_response",
    "reason": "product_not_received",
    "amount": _euro(2895),
    "withdrawn": _euro(2895),
    "fee": _euro(2000),
    "evidence_due": "2026-01-23T23:59:59Z",
    "opened_at": _AT,
    "closed_at": None,
}
PAYMENT: dict[str, Any] = {
    **SUMMARY,
    "last_error": "",
    "captures": [],
    "refunds": [REFUND],
    "ledger": [ENTRY],
    "events": [],
    "disputes": [],
    "operations": [OPERATION],
}
RECEIPT: dict[str, Any] = {
    "amount": _euro(2895),
    "received_on": "2026-01-02",
    "reference": "2026-01-02/0017",
    "note": "",
    "confirm_difference": False,
}
CAPTURE: dict[str, Any] = {"amount": _euro(2000), "final_capture": False}
PART: dict[str, Any] = {
    "capture_id": "019bf8b7-1111-7a55-8d21-0b1c2d3e4f50",
    **CAPTURE,
    "created_at": _AT,
    "succeeded_at": _AT,
}
CAPTURED: dict[str, Any] = {
    "capture_id": "019bf8b7-1111-7a55-8d21-0b1c2d3e4f50",
    "order_id": _ORDER,
    **CAPTURE,
    "status": "succeeded",
}
VOID: dict[str, Any] = {"note": "The buyer pays by bank instead."}
VOIDED: dict[str, Any] = {"order_id": _ORDER, "amount": _euro(2895), "status": "canceled"}
SAVED: dict[str, Any] = {"id": "pm_1Qabc", "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030}
SETUP: dict[str, Any] = {
    "id": "seti_1Qabc",
    "client_secret": "seti_1Qabc_secret_1",
    "publishable_key": "pk_test_1",
    "status": "requires_payment_method",
}
SENT: dict[str, Any] = {"sent_on": "2026-01-05", "reference": "2026-01-05/0003"}
RUN: dict[str, Any] = {
    "id": "019bf8c0-0000-7a55-8d21-0b1c2d3e4f50",
    "state": "done",
    "asked_by": "calendar",
    "asked_at": _AT,
    "since": "2025-12-30T09:00:00Z",
    "until": "2026-01-02T08:45:00Z",
    "finished_at": _AT,
    "found": 1,
    "news": 1,
    "error": "",
}
FOUND: dict[str, Any] = {
    "kind": "strange_intent",
    "detail": "pi_1Qabc got 12.00 EUR for no order of ours.",
    "order_id": None,
    "reference": "pi_1Qabc",
}
DIFFERENCE: dict[str, Any] = {
    "id": "5a0d7c1e-5b0a-5c52-9d1b-2f3f0c6f9a11",
    **FOUND,
    "first_found": _AT,
    "last_found": _AT,
    "resolved_at": None,
}
BOOKS: dict[str, Any] = {
    "currencies": [
        {
            "currency": "EUR",
            "accounts": [{"account": "bank", "total": _euro(2895)}, {"account": "orders", "total": _euro(-2895)}],
            "sum": _euro(0),
        }
    ],
    "entries": 2,
}
