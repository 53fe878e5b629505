"""The events of orders that the tests of notifications tell."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from apps.orders.contracts import (
    BankTransferAwaited,
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    OrderPaymentFailed,
    OrderRefunded,
    PackedLine,
    ParcelDelivered,
    ParcelLabelled,
    ParcelShipped,
)
from shop.ids import uuid7
from shop.money import Money

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def confirmed(
    order_id, *, email="ann@example.com", phone="", name="Blue mug", currency="EUR", tax_included=True, customer_id=None
):
    """The event of a confirmed order of two mugs."""
    price = Money(1999, currency)
    return OrderConfirmed(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=customer_id,
        email=email,
        phone=phone,
        lines=(OrderedLine(sku="MUG-BLUE", name=name, quantity=2, unit_price=price, total=price.times(2)),),
        subtotal=price.times(2),
        shipping=Money(495, currency),
        tax=Money(717, currency),
        tax_included=tax_included,
        total=Money(4493, currency),
        confirmed_at=NOON,
    )


def cancelled(order_id, *, reason="customer", refunded=False):
    """The event of a cancelled order."""
    return OrderCancelled(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=None,
        email="ann@example.com",
        phone="",
        reason=reason,
        total=Money(4493, "EUR"),
        refunded=refunded,
        cancelled_at=NOON,
    )


def refunded(order_id, refund_id=None, *, email="ann@example.com", phone=""):
    """The event of money on its way back."""
    return OrderRefunded(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=None,
        email=email,
        phone=phone,
        refund_id=refund_id or uuid7(),
        amount=Money(4493, "EUR"),
        reason="customer",
        refunded_at=NOON,
    )


def shipped(order_id, parcel_id, *, complete=True, tracking="0034", customer_id=None):
    """The event of a parcel with one mug."""
    return ParcelShipped(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=customer_id,
        email="ann@example.com",
        phone="",
        parcel_id=parcel_id,
        carrier="DHL",
        tracking_number=tracking,
        tracking_url=f"https://dhl.example/{tracking}" if tracking else "",
        lines=(PackedLine(sku="MUG-BLUE", name="Blue mug", quantity=1),),
        complete=complete,
        shipped_at=NOON,
    )


def labelled(order_id, labelling_id, *, tracking="0035", customer_id=None):
    """The event of a parcel whose tracking was put right."""
    return ParcelLabelled(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=customer_id,
        email="ann@example.com",
        phone="+15550100",
        parcel_id=uuid7(),
        labelling_id=labelling_id,
        carrier="DHL",
        tracking_number=tracking,
        tracking_url=f"https://dhl.example/{tracking}",
        labelled_at=NOON,
    )


def delivered(order_id, parcel_id, *, complete=True):
    """The event of a parcel that arrived."""
    return ParcelDelivered(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=None,
        email="ann@example.com",
        phone="",
        parcel_id=parcel_id,
        complete=complete,
        delivered_at=NOON,
    )


def declined(order_id, failure_id, *, reason="insufficient_funds", pay_before=NOON):
    """The event of a card that was declined."""
    return OrderPaymentFailed(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=None,
        email="ann@example.com",
        phone="+15550100",
        failure_id=failure_id,
        reason=reason,
        pay_before=pay_before,
        failed_at=NOON,
    )


def bank_transfer(order_id, *, bic="COBADEFFXXX", pay_before=NOON):
    """The event of an order that waits for a bank transfer."""
    return BankTransferAwaited(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=None,
        email="ann@example.com",
        phone="+15550100",
        holder="Example Shop",
        iban="DE89370400440532013000",
        bic=bic,
        reference="SO-7K3M-9QX2",
        amount=Money(4493, "EUR"),
        pay_before=pay_before,
        awaited_at=NOON,
    )


def of_return(event, order_id, return_id, **more):
    """An event of a return with one mug."""
    return event(
        order_id=order_id,
        number="SO-7K3M-9QX2",
        customer_id=None,
        email="ann@example.com",
        phone="+15550100",
        return_id=return_id,
        lines=(PackedLine(sku="MUG-BLUE", name="Blue mug", quantity=1),),
        **more,
    )


def hear(event, event_id=None):
    """The event arrives from the outbox of its context."""
    from shop.events.inbox import Envelope, deliver  # not before Django is set up

    key = str(getattr(event, "order_id", "") or getattr(event, "user_id", "") or event.sku)
    envelope = Envelope(id=event_id or uuid7(), name=event.name, key=key, payload=msgspec.json.encode(event).decode())
    assert deliver("notifications", [envelope]) == {}
