"""Door 1 of catalog: what may be asked of it. Signatures only; bodies are in queries.py and services/."""

from __future__ import annotations

from uuid import UUID

from shop.ports import command, query

from .contracts import Card, Location, Offer, Reservation, ReturnedStock, SoldIn, StockLine


@query
def get_offers(*, skus: tuple[str, ...], currency: str) -> tuple[Offer, ...]:
    """The published variants among `skus` with a price in `currency`, in no special order.

    A SKU that is unknown, unpublished or without a price in that currency is left out.
    """


@query
def get_cards(*, product_ids: tuple[UUID, ...]) -> tuple[Card, ...]:
    """The published products among `product_ids` as lists show them, in no special order."""


@query
def get_currencies(*, skus: tuple[str, ...]) -> tuple[SoldIn, ...]:
    """In which currencies the published variants among `skus` have a price now: why an offer is missing."""


@command(key="order_id")
def reserve_stock(*, order_id: UUID, lines: tuple[StockLine, ...], hold_seconds: int) -> Reservation:
    """Set all `lines` aside for `hold_seconds`, or nothing.

    Raises OutOfStock (params: sku, left) or UnknownSku. After a release of the same order it
    answers the released reservation and holds nothing.
    """


@command(key="order_id")
def commit_reservation(*, order_id: UUID) -> Reservation:
    """Turn held stock into sold stock. A lapsed hold is taken again if the stock is still there.

    Raises ReservationLost when it is not, or when the reservation was released on purpose.
    """


@command(key="order_id")
def release_reservation(*, order_id: UUID) -> Reservation:
    """Give held stock back; before the reservation exists, forbid it. Sold stock stays sold."""


@command(key="order_id")
def restock(*, order_id: UUID) -> Reservation:
    """Give the stock of a sold, not shipped and now cancelled order back to the shelf."""


@query
def get_locations() -> tuple[Location, ...]:
    """Every place that holds stock, in the order in which orders are filled."""


@command(key="movement_id", calls_out=True)
def take_back(*, movement_id: UUID, order_id: UUID, lines: tuple[ReturnedStock, ...]) -> int:
    """Put units of a sold order, which the buyer sent back, on the shelf again; answers how many.

    Each is a movement `returned` in the ledger: sold where it was sold, available where it is put. Repeating with one
    movement_id changes nothing. Raises StockNotFound or LocationNotFound, and never takes back more than was sold.
    """
