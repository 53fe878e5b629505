"""How carts look in the OpenAPI document."""

from __future__ import annotations

from typing import Any


def _euro(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


QUOTE: dict[str, Any] = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    "status": "open",
    "revision": 3,
    "currency": "EUR",
    "lines": [
        {
            "sku": "MUG-BLUE",
            "product_id": "019bf8a2-5a10-7b7d-8f6a-0c5f7d1c9a02",
            "name": "Mug",
            "quantity": 2,
            "unit_price": _euro(1200),
            "total": _euro(2400),
            "tax_class": "standard",
            "tax_rate": "19",
            "tax": _euro(383),
        }
    ],
    "subtotal": _euro(2400),
    "shipping": _euro(495),
    "tax": _euro(462),
    "tax_included": True,
    "total": _euro(2895),
    "problems": [
        {
            "code": "out_of_stock",
            "detail": "Only 1 of MUG-BLUE are left.",
            "sku": "MUG-BLUE",
            "left": 1,
            "old": None,
            "new": None,
            "action": "set_quantity",
        }
    ],
    "expires_at": "2026-12-31T12:00:00Z",
}
ATTACHED: dict[str, Any] = {
    **QUOTE,
    "adjusted": [{"sku": "MUG-BLUE", "wanted": 3, "quantity": 2, "code": "out_of_stock"}],
}
