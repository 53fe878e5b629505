"""Stock, movements and locations as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from apps.catalog.models import StockLocation, StockMovement
from apps.catalog.services.stock_state import StockState


def render_location(location: StockLocation) -> dict[str, Any]:
    """One place."""
    return {
        "code": location.pk,
        "name": location.name,
        "position": location.position,
        "active": location.active,
    }


def render_stock(state: StockState) -> dict[str, Any]:
    """One SKU with its shelves."""
    return {
        "sku": state.sku,
        "product": state.product,
        "available": state.available,
        "held": sum(shelf.held for shelf in state.shelves),
        "sold": sum(shelf.sold for shelf in state.shelves),
        "threshold": state.own_threshold,
        "low_at": state.threshold,
        "low": state.low,
        "locations": [asdict(shelf) for shelf in state.shelves],
    }


def render_movement(line: StockMovement) -> dict[str, Any]:
    """One line of the ledger."""
    return {
        "id": line.pk,
        "kind": line.kind,
        "location": line.location_id,
        "available": line.available_delta,
        "held": line.held_delta,
        "sold": line.sold_delta,
        "reference": line.reference,
        "by": line.actor,
        "at": line.created_at,
    }
