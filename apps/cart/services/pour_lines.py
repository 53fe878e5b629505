"""The lines of one cart into another of the same customer, inside of a transaction that has touched both."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from apps.cart.models import CartLine
from apps.cart.rules import Adjustment, merged


def pour_lines(
    *, source: UUID, into: UUID, currency: str, available: Mapping[str, int] | None
) -> tuple[Adjustment, ...]:
    """Merge all lines of `source`, a cart in `currency`, into `into`; afterwards `source` has none.

    Raises KeyError when the stock of a SKU in both is not in `available`. None is for a cart that comes back: nothing
    is asked, and no line is left out.
    """
    mine, theirs = _quantities(into), _quantities(source)
    both = mine.keys() & theirs.keys()
    stock = {} if available is None else {sku: available[sku] for sku in both}
    room = len(mine) + len(theirs) if available is None else settings.CART_MAX_LINES
    quantities, adjustments = merged(mine, theirs, stock, max_quantity=settings.CART_MAX_QUANTITY, max_lines=room)
    for sku in sorted(both):
        if quantities[sku] != mine[sku]:
            CartLine.objects.filter(cart_id=into, sku=sku).update(quantity=quantities[sku])
    move_lines(
        source=source, into=into, currency=currency, skus=[sku for sku in theirs if sku in quantities.keys() - both]
    )
    CartLine.objects.filter(cart_id=source).delete()
    return adjustments


def move_lines(*, source: UUID, into: UUID, currency: str, skus: list[str]) -> None:
    """Lines of these SKUs to a cart that has none of them; they keep the price that was seen, and its currency."""
    lines = CartLine.objects.filter(cart_id=source, sku__in=skus)
    lines.filter(seen_currency="").update(seen_currency=currency)
    lines.update(cart_id=into)


def _quantities(cart_id: UUID) -> dict[str, int]:
    return dict(CartLine.objects.filter(cart_id=cart_id).order_by("id").values_list("sku", "quantity"))
