"""What the audit of the shop's invariants asks of cart."""

from __future__ import annotations

from typing import Any

from apps.cart.models import Cart


def pending() -> dict[str, int]:
    """Nothing waits here: carts change only when they are told to."""
    return {}


def facts() -> dict[str, Any]:
    """Every cart's state, and the order that has it."""
    rows = Cart.objects.values_list("id", "status", "order_id")
    return {
        "carts": {
            str(cart_id): {"status": status, "order_id": str(order_id) if order_id else None}
            for cart_id, status, order_id in rows
        }
    }
