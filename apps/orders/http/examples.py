"""How orders look in the OpenAPI document."""

from __future__ import annotations

from typing import Any

ADDRESS = {
    "name": "Ada Example",
    "line1": "Hauptstraße 1",
    "line2": "",
    "company": "",
    "district": "",
    "region": "",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
}


def _euro(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


PLACE: dict[str, Any] = {
    "cart_id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    "email": "ada@example.com",
    "phone": "+493012345678",
    "shipping_address": ADDRESS,
    "expected_total": _euro(2895),
    "save_payment_method": False,
    "payment_method": "card",
}
PAYMENT: dict[str, Any] = {
    "provider": "stripe",
    "publishable_key": "pk_test_1",
    "client_secret": "pi_1_secret_1",
    "status": "requires_payment_method",
    "amount": _euro(2895),
    "method": "card",
    "instructions": None,
}
INSTRUCTIONS: dict[str, Any] = {
    "holder": "Example Shop Ltd",
    "iban": "DE02120300000000202051",
    "bic": "BYLADEM1001",
    "reference": "SO-7K3M-9QX2",
    "amount": _euro(2895),
    "pay_before": "2026-01-08T12:00:00Z",
}
SHIP: dict[str, Any] = {
    "lines": [{"sku": "MUG-BLUE", "quantity": 1}],
    "carrier": "DHL",
    "tracking_number": "00340434161094042557",
    "tracking_url": "https://www.dhl.example/track/00340434161094042557",
}
PARCEL: dict[str, Any] = {
    "id": "019bf8b0-2d51-7e32-a4ba-6f708b9cad1e",
    "state": "shipped",
    **{name: SHIP[name] for name in ("carrier", "tracking_number", "tracking_url")},
    "shipped_at": "2026-01-02T09:00:00Z",
    "delivered_at": None,
    "lines": SHIP["lines"],
}
ORDER: dict[str, Any] = {
    "id": "019bf8a3-1c40-7d21-b3a9-5e6f7a8b9c0d",
    "number": "SO-7K3M-9QX2",
    "status": "awaiting_payment",
    "cancel_reason": "",
    "email": "ada@example.com",
    "phone": "+493012345678",
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "note": "",
    "currency": "EUR",
    "payment_method": "card",
    "lines": [
        {
            "sku": "MUG-BLUE",
            "product_id": "019bf8a2-5a10-7b7d-8f6a-0c5f7d1c9a02",
            "name": "Mug",
            "quantity": 2,
            "shipped": 0,
            "unit_price": _euro(1200),
            "total": _euro(2400),
            "tax_rate": "19",
            "tax": _euro(383),
        }
    ],
    "subtotal": _euro(2400),
    "shipping": _euro(495),
    "tax": _euro(462),
    "tax_included": True,
    "total": _euro(2895),
    "authorized": _euro(0),
    "captured": _euro(0),
    "pay_until": "2026-01-01T12:30:00Z",
    "created_at": "2026-01-01T12:00:00Z",
    "timeline": [{"at": "2026-01-01T12:00:00Z", "to": "pending", "reason": "", "by": "buyer"}],
    "parcels": [],
}
PLACED: dict[str, Any] = {**ORDER, "token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "payment": PAYMENT}
SUMMARY = {name: ORDER[name] for name in ("id", "number", "status", "email", "total", "created_at")}
RETURN: dict[str, Any] = {
    "id": "019bf8c4-7a31-7c02-9d55-2b1c0e9f8a77",
    "order_number": ORDER["number"],
    "status": "requested",
    "reason": "damaged",
    "text": "The handle is off.",
    "message": "",
    "lines": [
        {"sku": "MUG-BLUE", "name": "Mug", "quantity": 1, "received": 0, "condition": "", "restocked": False},
    ],
    "refund_id": None,
    "created_at": "2026-01-09T08:00:00Z",
    "received_at": None,
}
REFUND: dict[str, Any] = {
    "id": "019bf8d0-11aa-7e41-8c1d-90a1b2c3d4e5",
    "amount": _euro(500),
    "reason": "damaged",
    "status": "sent",
    "return_id": None,
    "created_at": "2026-01-10T08:00:00Z",
}
NOTE: dict[str, Any] = {
    "id": "019bf8d3-0b1c-7f6e-8a3d-4c5b6a798812",
    "text": "Called: the parcel is at the neighbour's.",
    "for_buyer": False,
    "who": "staff:019bf8a0-4e10-7b2c-9c0d-1e2f3a4b5c6d",
    "created_at": "2026-01-05T10:00:00Z",
}
FILLED: dict[str, Any] = {
    "cart_id": "019bf8d9-3c44-7a10-8e21-7d6c5b4a3f2e",
    "added": 1,
    "problems": [
        {
            "sku": "MUG-BLUE",
            "wanted": 2,
            "quantity": 1,
            "code": "out_of_stock",
            "detail": "MUG-BLUE: There are not enough of it.",
        }
    ],
}
