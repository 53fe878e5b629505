"""The stock as it is, for those who check that nothing was lost. See the invariants of the design."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from apps.catalog.contracts import HoldState
from apps.catalog.models import Hold, MovementKind, Product, Ripple, Stock, StockMovement
from shop.clock import now

_NUMBERS = ("available", "held", "sold")
_FROM_OUTSIDE = (MovementKind.RECEIVE, MovementKind.ADJUST)


def pending() -> dict[str, int]:
    """What still has to happen."""
    return {
        "holds_past_their_time": Hold.objects.filter(state=HoldState.HELD.value, expires_at__lt=now()).count(),
        "ripples": Ripple.objects.count(),
        "render_due": Product.objects.filter(render_due__lte=now()).count(),
    }


def facts() -> dict[str, Any]:
    """Stock by SKU with what the ledger says of it, and the state of each order's hold."""
    stock = {row["sku"]: row for row in _sums(Stock.objects.all(), **{name: Sum(name) for name in _NUMBERS})}
    ledger = {
        row["sku"]: row
        for row in _sums(StockMovement.objects.all(), **{f"ledger_{name}": Sum(f"{name}_delta") for name in _NUMBERS})
    }
    outside = StockMovement.objects.filter(kind__in=_FROM_OUTSIDE)
    received = {row["sku"]: row["received"] for row in _sums(outside, received=Sum("available_delta"))}
    nothing = {f"ledger_{name}": 0 for name in _NUMBERS}
    return {
        "stock": {
            sku: {
                **{name: row[name] for name in _NUMBERS},
                "received": received.get(sku, 0),
                **{name: ledger.get(sku, nothing)[name] for name in nothing},
            }
            for sku, row in stock.items()
        },
        "holds": {str(order): state for order, state in Hold.objects.values_list("pk", "state")},
    }


def _sums(rows: Any, **sums: Sum) -> Any:
    return rows.order_by("sku").values("sku").annotate(**sums)
