"""What notifications listens to: each fact becomes written messages, and nothing is sent here."""

from __future__ import annotations

from typing import Any

from apps.orders.contracts import OrderCancelled, OrderConfirmed, OrderedLine, OrderRefunded
from shop.events import subscribe
from shop.jobs import wake

from .rules import Kind
from .services.write_message import Contact, write_messages
from .tasks import send_due_messages


@subscribe(OrderConfirmed)
def tell_that_the_order_is_confirmed(event: OrderConfirmed) -> None:
    """Paid, and it will be shipped."""
    facts = {
        "lines": [_line(line) for line in event.lines],
        "subtotal": event.subtotal.format(),
        "shipping": event.shipping.format(),
        "tax": event.tax.format(),
        "tax_included": event.tax_included,
        "total": event.total.format(),
    }
    _tell(Kind.ORDER_CONFIRMED, event, facts)


@subscribe(OrderCancelled)
def tell_that_the_order_is_cancelled(event: OrderCancelled) -> None:
    """It will not be shipped, and why."""
    facts = {"reason": event.reason, "total": event.total.format(), "refunded": event.refunded}
    _tell(Kind.ORDER_CANCELLED, event, facts)


@subscribe(OrderRefunded)
def tell_that_money_is_on_its_way_back(event: OrderRefunded) -> None:
    """How much, and for which order."""
    _tell(Kind.ORDER_REFUNDED, event, {"reason": event.reason, "amount": event.amount.format()})


def _tell(kind: Kind, event: OrderConfirmed | OrderCancelled | OrderRefunded, facts: dict[str, Any]) -> None:
    to = Contact(order_id=event.order_id, order_number=event.number, email=event.email, phone=event.phone)
    if write_messages(kind, to, facts):
        wake(send_due_messages)


def _line(line: OrderedLine) -> dict[str, Any]:
    return {"name": line.name, "sku": line.sku, "quantity": line.quantity, "total": line.total.format()}
