"""Use case: staff write one movement, of the kind that they say."""

from __future__ import annotations

from apps.catalog.models import MovementKind, StockMovement

from .adjust_stock import adjust_stock
from .ledger import Entries
from .move_stock import Once
from .receive_stock import receive_stock
from .stock_state import stock_of
from .transfer_stock import transfer_stock


def record_movement(  # noqa: PLR0913  # the members of a movement
    *, sku: str, kind: str, location: str, to: str, quantity: int, reason: str, once: Once
) -> list[StockMovement]:
    """Its lines in the ledger. Repeating with the same operation id changes nothing. Raises StockNotFound."""
    stock_of(sku)
    match MovementKind(kind):
        case MovementKind.RECEIVE:
            receive_stock(sku=sku, quantity=quantity, reason=reason, location=location, once=once)
        case MovementKind.ADJUST:
            adjust_stock(sku=sku, delta=quantity, reason=reason, location=location, once=once)
        case _:
            transfer_stock(sku=sku, quantity=quantity, reason=reason, location=location, to=to, once=once)
    entries = Entries(kind=MovementKind(kind), reference=reason, first_id=once.operation_id)
    return list(StockMovement.objects.filter(pk__in=[entries.id_of(line) for line in (0, 1)]).order_by("id"))
