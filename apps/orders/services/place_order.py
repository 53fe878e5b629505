"""Place an order: write it, then run the saga's first steps inside the request."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import F

from apps.orders.contracts import OrderStatus
from apps.orders.models import Order
from apps.payments.contracts import PaymentMethod, PaymentSheet
from shop.db import transact
from shop.errors import DomainError
from shop.money import Money

from .advance_order import advance_order, claim_order
from .create_order import Buyer, create_order

UNDER_WAY = (OrderStatus.PENDING, OrderStatus.RESERVED)


@dataclass(frozen=True, slots=True)
class Placed:
    """The order, and the payment sheet if this very call opened the payment."""

    order: Order
    sheet: PaymentSheet | None

    @property
    def under_way(self) -> bool:
        """Whether the buyer must come back to see how it went: 202."""
        return self.order.state in UNDER_WAY


def place_order(
    *,
    order_id: UUID,
    cart_id: UUID,
    buyer: Buyer,
    expected_total: Money | None = None,
    payment_method: PaymentMethod = PaymentMethod.CARD,
) -> Placed:
    """Place the order of this operation, or answer the one it has placed already.

    Works on it for at most PLACE_ORDER_BUDGET_SECONDS; a worker does the rest. Raises what made the
    placement fail: CartNotReady, PriceChanged, PaymentMethodRefused, CartOrdered, CartChanged, OutOfStock,
    PaymentRefused. A repeat raises the same again.
    """
    until = time.monotonic() + settings.PLACE_ORDER_BUDGET_SECONDS
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        order, claimed = create_order(
            order_id=order_id,
            cart_id=cart_id,
            buyer=buyer,
            expected_total=expected_total,
            payment_method=payment_method,
        )
    else:
        claimed = claim_order(order)
    sheet = advance_order(order, until=until) if claimed else None
    _promise_news(order)
    if order.failure is not None:
        raise DomainError.from_wire(order.failure)
    return Placed(order, sheet)


def _promise_news(order: Order) -> None:
    """Before the buyer is answered "under way", write down that its end must be told to them."""
    while order.state in UNDER_WAY and not order.told:
        mine = Order.objects.filter(pk=order.pk, revision=order.revision)
        if transact("orders", lambda rows=mine: rows.update(told=True, revision=F("revision") + 1)):  # type: ignore[misc]
            order.told, order.revision = True, order.revision + 1
        else:
            order.refresh_from_db()
