"""An order and its payment sheet as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.cart.contracts import Filled
from apps.catalog import api as catalog
from apps.orders import queries
from apps.orders.contracts import ReturnStatus
from apps.orders.http.serializers.orders import OrderAnswer
from apps.orders.models import Order, OrderEvent, OrderLine, OrderRefund, Parcel, ParcelLine, Return, ReturnLine
from apps.orders.rules import SHIPPED_SOMEHOW
from apps.orders.services.payment_terms import pay_before
from apps.orders.services.reorder import why
from apps.payments import api as payments
from apps.payments.contracts import PaymentNotFound, PaymentSheet
from shop.http.shaping import Shape
from shop.money import Money


def render_order(order: Order, *, for_staff: bool = False) -> dict[str, Any]:
    """The order as its buyer sees it, or staff: two reads, lines and timeline, and two more once parcels have left."""
    lines = queries.get_lines(order.pk)
    timeline = queries.get_timeline(order.pk, for_staff=for_staff)
    return {
        "id": order.pk,
        "number": order.number,
        "status": order.status,
        "cancel_reason": order.cancel_reason,
        "email": order.email,
        "phone": order.phone,
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "note": order.note,
        "currency": order.currency,
        "payment_method": order.payment_method,
        "lines": [_line(line, order.currency) for line in lines],
        "subtotal": order.money("subtotal"),
        "shipping": order.money("shipping"),
        "tax": order.money("tax"),
        "tax_included": order.tax_included,
        "total": order.money("total"),
        "authorized": order.money("authorized"),
        "captured": order.money("paid"),
        "pay_until": order.pay_until,
        "created_at": order.created_at,
        "timeline": [_entry(entry, for_staff=for_staff) for entry in timeline],
        "parcels": render_parcels(order.pk) if order.state in SHIPPED_SOMEHOW else [],
    }


def render_parcels(order_id: UUID) -> list[dict[str, Any]]:
    """What left, oldest first."""
    return [render_parcel(parcel, lines) for parcel, lines in queries.get_parcels(order_id)]


def render_parcel(parcel: Parcel, lines: Sequence[ParcelLine]) -> dict[str, Any]:
    """One parcel and what is in it."""
    return {
        "id": parcel.pk,
        "state": parcel.state,
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "tracking_url": parcel.tracking_url,
        "shipped_at": parcel.shipped_at,
        "delivered_at": parcel.delivered_at,
        "lines": [{"sku": line.sku, "quantity": line.quantity} for line in lines],
    }


def render_returns(order: Order) -> list[dict[str, Any]]:
    """All of one order, oldest first: two reads."""
    found = queries.get_returns(order.pk)
    lines = queries.get_return_lines([back.pk for back in found])
    return [render_return(back, order.number, [one for one in lines if one.returned_id == back.pk]) for back in found]


def render_return(back: Return, number: str, lines: Sequence[ReturnLine]) -> dict[str, Any]:
    """One return of the order with this number, and what is in it."""
    return {
        "id": back.pk,
        "order_number": number,
        "status": back.state,
        "reason": back.reason,
        "text": back.text,
        "message": back.answer,
        "lines": [
            {
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "received": line.received,
                "condition": line.condition,
                "restocked": line.restock and back.state != ReturnStatus.RECEIVED,
            }
            for line in lines
        ],
        "refund_id": back.refund_id,
        "created_at": back.created_at,
        "received_at": back.received_at,
    }


def render_refund(row: OrderRefund, *, for_staff: bool = False) -> dict[str, Any]:
    """One refund; why in staff's words, and who, is for staff."""
    shown = {
        "id": row.pk,
        "amount": row.amount,
        "reason": row.reason,
        "status": row.state,
        "return_id": row.return_id,
        "created_at": row.at,
    }
    return {**shown, "detail": row.detail, "by": row.actor} if for_staff else shown


def put_products(lines: list[dict[str, Any]]) -> None:
    """Each line's product as lists show it, null when it is not published any more: one call for all."""
    wanted = tuple(sorted({UUID(line["product_id"]) for line in lines}))
    cards = {card.product_id: msgspec.json.decode(card.body) for card in catalog.get_cards(product_ids=wanted)}
    for line in lines:
        line["product"] = cards.get(UUID(line["product_id"]))


def put_payments(orders: list[dict[str, Any]]) -> None:
    """What the payment sheet needs of each order, null as long as its payment is not open."""
    for order in orders:
        order["payment"] = find_sheet(UUID(order["id"]), order["pay_until"])


def find_sheet(order_id: UUID, pay_until: str | datetime | None) -> dict[str, Any] | None:
    """The payment sheet, or None as long as the payment is not open."""
    try:
        return render_sheet(payments.get_payment_sheet(order_id=order_id), pay_until)
    except PaymentNotFound:
        return None


def render_summary(order: Order) -> dict[str, Any]:
    """The order in a list: its row is all that is read."""
    return {
        "id": order.pk,
        "number": order.number,
        "status": order.status,
        "email": order.email,
        "total": order.money("total"),
        "created_at": order.created_at,
    }


def render_sheet(sheet: PaymentSheet, pay_until: str | datetime | None) -> dict[str, Any]:
    """What a payment sheet needs, or what to write on a bank transfer and until when. Shown, never stored."""
    data = asdict(sheet)
    del data["order_id"]
    if data["instructions"] is not None:
        data["instructions"]["pay_before"] = pay_before(moment(pay_until) if pay_until else None)
    return data


def moment(value: str | datetime) -> datetime:
    """Of an answer that was just made, or that was stored as JSON."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "product_id": line.product_id,
        "name": line.name,
        "quantity": line.quantity,
        "shipped": line.shipped,
        "unit_price": Money(line.unit_price_minor, currency),
        "total": Money(line.total_minor, currency),
        "tax_rate": line.tax_rate,
        "tax": Money(line.tax_minor, currency),
    }


def _entry(entry: OrderEvent, *, for_staff: bool) -> dict[str, Any]:
    """Who exactly is not for the buyer: "staff", not which one. Words are for staff, but for notes to the buyer."""
    shown = {"at": entry.at, "to": entry.to, "reason": entry.reason, "by": entry.actor.partition(":")[0]}
    if for_staff:
        return {**shown, "who": entry.actor, "detail": entry.detail}
    return {**shown, "detail": entry.detail} if entry.visible == OrderEvent.Visible.ALL else shown


def render_note(entry: OrderEvent) -> dict[str, Any]:
    """What one of the staff noted."""
    return {
        "id": entry.pk,
        "text": entry.detail,
        "for_buyer": entry.visible == OrderEvent.Visible.ALL,
        "who": entry.actor,
        "created_at": entry.at,
    }


def render_filled(filled: Filled) -> dict[str, Any]:
    """The cart that an order went into, and what did not fit."""
    return {
        "cart_id": filled.cart_id,
        "added": filled.added,
        "problems": [{**asdict(short), "detail": why(short)} for short in filled.short],
    }


ORDER_SHAPE = Shape(of=OrderAnswer, relations={"lines.product": put_products, "payment": put_payments})
