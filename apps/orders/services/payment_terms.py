"""What a payment method asks of an order: whether it may be paid so, how long its buyer has, how long stock is held."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.cart.contracts import Quote
from apps.orders.contracts import OrderStatus, PaymentMethodRefused
from apps.orders.models import Order
from apps.payments.contracts import PaymentMethod

UNPAID = (OrderStatus.PENDING, OrderStatus.RESERVED, OrderStatus.AWAITING_PAYMENT)


def check_terms(method: PaymentMethod, quote: Quote, *, email: str, customer_id: UUID | None = None) -> None:
    """Refuse what cannot be paid so. What nobody has paid for yet may not hold back much for days.

    Who is logged in answers for the orders of their login alone, since anybody can write their address on an order.
    The count of unpaid orders is a brake on abuse, not a promise: two placed at the same moment both pass.
    """
    if method is PaymentMethod.CARD:
        return
    bank = settings.BANK_TRANSFER
    if bank is None:
        raise PaymentMethodRefused("This shop takes no bank transfers.", reason="method_off")
    if quote.currency not in bank.currencies:
        raise PaymentMethodRefused(f"Our bank account takes no {quote.currency}.", reason="currency")
    if sum(line.quantity for line in quote.lines) > bank.max_pieces:
        raise PaymentMethodRefused(
            f"At most {bank.max_pieces} pieces can be ordered by bank transfer.",
            reason="too_many_pieces",
            most=bank.max_pieces,
        )
    if _unpaid(email, customer_id) >= bank.max_open:
        raise PaymentMethodRefused("Pay or cancel your unpaid orders by bank transfer first.", reason="too_many_unpaid")


def pay_until(method: PaymentMethod, *, reserved_at: datetime) -> datetime:
    """When an unpaid order is given up: for a bank transfer some days after its buyer was asked to have paid."""
    return reserved_at + _window(method)


def pay_before(order_ends: datetime | None) -> datetime | None:
    """Until when the buyer of a bank transfer is asked to send it, by the end of the order's own wait."""
    if order_ends is None or settings.BANK_TRANSFER is None:
        return order_ends
    return order_ends - timedelta(days=settings.BANK_TRANSFER.grace_days)


def hold_seconds(method: PaymentMethod) -> int:
    """For how long stock is asked for: always longer than the order waits for its money."""
    longer = settings.HOLD_SECONDS - settings.PAY_WINDOW_SECONDS
    return int(_window(method).total_seconds()) + longer


def _window(method: PaymentMethod) -> timedelta:
    bank = settings.BANK_TRANSFER
    if method is PaymentMethod.BANK_TRANSFER and bank is not None:
        return timedelta(days=bank.days + bank.grace_days)
    return timedelta(seconds=settings.PAY_WINDOW_SECONDS)


def _unpaid(email: str, customer_id: UUID | None) -> int:
    of_buyer: dict[str, Any] = {"email": email} if customer_id is None else {"customer_id": customer_id}
    rows = Order.objects.filter(**of_buyer, by_customer=customer_id is not None)
    return rows.filter(status__in=UNPAID, payment_method=PaymentMethod.BANK_TRANSFER).count()
