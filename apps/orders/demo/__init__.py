"""Orders in every state for the demo shop: deterministic, once however often it is run.

They are history, not business: no mail is sent, and the saga leaves them where they are. Their stock is
real, held, sold or given back through catalog's door; their payments are imported ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

from django.conf import settings

from apps.catalog import api as catalog
from apps.catalog.contracts import Offer, OutOfStock, StockLine
from apps.orders.contracts import CancelReason, OrderStatus
from apps.orders.models import Order, OrderEvent, OrderLine, Parcel
from apps.orders.rules import STANDING
from apps.orders.services.import_order import import_order
from apps.orders.services.payment_terms import hold_seconds, pay_until
from apps.payments import api as payments
from apps.payments.contracts import PaymentMethod
from shop import clock
from shop.errors import IdempotencyMismatch
from shop.ids import derived_id
from shop.money import Money

from .afterwards import AFTERWARDS, afterwards
from .disputes import dispute

NAMESPACE = UUID("6f1d3c1e-8a52-5b0e-9f5e-2d6a1c9b7e40")
CURRENCY = "EUR"
ROUNDS = 2
STYLES, NOUNS = ("HARBOUR", "MEADOW", "STUDIO"), ("VASE", "CUSHION", "NOTEBOOK")
COLOURS = ("BLUE", "RED", "SAND", "INK")
PEOPLE = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Katherine Johnson", "Edsger Dijkstra", "Barbara Liskov")

S = OrderStatus
TO_PAID = (S.PENDING, S.RESERVED, S.AWAITING_PAYMENT, S.PAID)
PATHS: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    S.PENDING: (S.PENDING,),
    S.RESERVED: TO_PAID[:2],
    S.AWAITING_PAYMENT: TO_PAID[:3],
    S.PAID: TO_PAID,
    S.CONFIRMED: (*TO_PAID, S.CONFIRMED),
    S.PARTLY_SHIPPED: (*TO_PAID, S.CONFIRMED, S.PARTLY_SHIPPED),
    S.SHIPPED: (*TO_PAID, S.CONFIRMED, S.SHIPPED),
    S.DELIVERED: (*TO_PAID, S.CONFIRMED, S.SHIPPED, S.DELIVERED),
    S.CANCELLING: (*TO_PAID[:3], S.CANCELLING),
    S.REFUNDING: (*TO_PAID, S.REFUNDING),
    S.CANCELLED: (*TO_PAID[:3], S.CANCELLING, S.CANCELLED),
    S.REVIEW: (*TO_PAID[:3], S.REVIEW),
}
"""How an order came to each state."""


def seed() -> dict[str, str]:
    """Make the demo orders that are missing; catalog's demo comes first."""
    missing = [index for index in range(ROUNDS * len(PATHS)) if not Order.objects.filter(pk=_id(index)).exists()]
    offers = _offers() if missing else []
    if missing and not offers:
        return {"orders": "no demo products are for sale, so there are no demo orders"}
    made = sum(_seed_one(index, list(PATHS)[index % len(PATHS)], offers) for index in missing)
    return {"orders": f"{made} demo orders, in all {len(PATHS)} states"} if made else {}


def _id(index: int) -> UUID:
    return derived_id(NAMESPACE, f"order-{index}")


def _offers() -> list[Offer]:
    """Some of the demo catalogue; the products that the documentation names are left alone."""
    skus = tuple(f"{style}-{noun}-{colour}" for style, noun, colour in product(STYLES, NOUNS, COLOURS))
    offers = catalog.get_offers(skus=skus, currency=CURRENCY)
    return sorted(offers, key=lambda offer: offer.sku)


def _seed_one(index: int, status: OrderStatus, offers: Sequence[Offer]) -> bool:
    """With the first products that there is enough of; what an interrupted run reserved is found again."""
    order_id = _id(index)
    for shift in range(len(offers)):
        chosen = [offers[(index + shift + step) % len(offers)] for step in range(1 + index % min(3, len(offers)))]
        lines = [_line(order_id, position, offer, 1 + (index + position) % 2) for position, offer in enumerate(chosen)]
        try:
            _move_stock(order_id, status, lines, _method(index))
        except (OutOfStock, IdempotencyMismatch):
            continue
        return _import(_order(order_id, index, status, lines), lines)
    return False


def _import(order: Order, lines: Sequence[OrderLine]) -> bool:
    if order.paid_at is not None:
        with suppress(IdempotencyMismatch):  # imported by a run that was interrupted on another day
            payments.import_payment(
                order_id=order.pk,
                order_number=order.number,
                amount=order.money("paid"),
                paid_at=order.paid_at,
                method=PaymentMethod(order.payment_method),
            )
    elif order.state == S.AWAITING_PAYMENT and order.payment_method == PaymentMethod.BANK_TRANSFER:
        payments.open_payment(
            order_id=order.pk,
            order_number=order.number,
            amount=order.money("total"),
            email=order.email,
            method=PaymentMethod.BANK_TRANSFER,
        )
    parcels = [_parcel(order)] if order.state in STANDING and order.state != S.CONFIRMED else []
    timeline = _timeline(order, PATHS[order.state])
    timeline += dispute(order, order.money("paid"), _at(order.created_at, 7))
    after = AFTERWARDS.get(order.number)
    return import_order(order, lines, timeline, parcels, also=afterwards(order, lines[0], after) if after else None)


def _parcel(order: Order) -> Parcel:
    """The one parcel of a demo order that was shipped; of a partly shipped one it holds the first line."""
    delivered = order.state == S.DELIVERED
    return Parcel(
        id=derived_id(order.pk, "parcel"),
        order_id=order.pk,
        carrier="DHL",
        tracking_number=f"00340434{order.number[-4:]}",
        actor="demo",
        shipped_at=_at(order.created_at, 5),
        state=Parcel.State.DELIVERED if delivered else Parcel.State.SHIPPED,
        delivered_at=_at(order.created_at, 6) if delivered else None,
    )


def _move_stock(order_id: UUID, status: OrderStatus, lines: Sequence[OrderLine], method: PaymentMethod) -> None:
    if status == S.PENDING:
        return
    wanted = tuple(StockLine(line.sku, line.quantity) for line in sorted(lines, key=lambda line: line.sku))
    catalog.reserve_stock(order_id=order_id, lines=wanted, hold_seconds=hold_seconds(method))
    if status in STANDING:
        catalog.commit_reservation(order_id=order_id)
    if status == S.CANCELLED:
        catalog.release_reservation(order_id=order_id)


def _line(order_id: UUID, position: int, offer: Offer, quantity: int) -> OrderLine:
    total = offer.price.times(quantity)
    return OrderLine(
        order_id=order_id,
        position=position,
        sku=offer.sku,
        product_id=offer.product_id,
        name=offer.name,
        quantity=quantity,
        unit_price_minor=offer.price.amount,
        total_minor=total.amount,
        tax_minor=_tax_inside(total).amount,
        tax_class=offer.tax_class,
        tax_rate="19",
    )


def _tax_inside(amount: Money) -> Money:
    """Of 19 per cent, near enough for history."""
    return amount.split([100, 19])[1]


def _order(order_id: UUID, index: int, status: OrderStatus, lines: Sequence[OrderLine]) -> Order:
    name = PEOPLE[index % len(PEOPLE)]
    address = {
        "name": name,
        "line1": f"Example Street {index + 1}",
        "line2": "",
        "postal_code": f"{10115 + index}",
        "city": "Berlin",
        "country": "DE",
    }
    subtotal, shipping = sum(line.total_minor for line in lines), 495
    method = _method(index)
    path, created = PATHS[status], _midnight() - timedelta(days=index, hours=index % 14)
    paid = subtotal + shipping if S.PAID in path or status == S.REVIEW else 0
    return Order(
        id=order_id,
        number=f"SO-DEM0-{index + 1:04d}",
        cart_id=derived_id(NAMESPACE, f"cart-{index}"),
        cart_revision=1,
        email=f"{name.split()[0].lower()}@example.com",
        shipping_address=address,
        billing_address=address,
        currency=CURRENCY,
        subtotal_minor=subtotal,
        shipping_minor=shipping,
        tax_minor=_tax_inside(Money(subtotal + shipping, CURRENCY)).amount,
        tax_included=True,
        total_minor=subtotal + shipping,
        paid_minor=paid - 1 if status == S.REVIEW else paid,
        payment_method=method,
        status=status,
        revision=len(path) - 1,
        cancel_reason=CancelReason.CUSTOMER if {S.CANCELLING, S.REFUNDING} & set(path) else "",
        told=len(path) > 2,
        created_at=created,
        updated_at=_at(created, len(path) - 1),
        pay_until=pay_until(method, reserved_at=_at(created, 1)) if len(path) > 1 else None,
        paid_at=_at(created, 3) if paid else None,
        confirmed_at=_at(created, 4) if S.CONFIRMED in path else None,
        cancelled_at=_at(created, 4) if status == S.CANCELLED else None,
    )


def _method(index: int) -> PaymentMethod:
    """Every fourth is paid by bank, among them one that finance has still to mark as paid."""
    by_bank = index % 4 == 2 and settings.BANK_TRANSFER is not None
    return PaymentMethod.BANK_TRANSFER if by_bank else PaymentMethod.CARD


def _timeline(order: Order, path: Sequence[OrderStatus]) -> list[OrderEvent]:
    return [
        OrderEvent(
            order_id=order.pk,
            at=_at(order.created_at, step),
            frm=path[step - 1] if step else "",
            to=status,
            actor="demo",
            reason="demo",
        )
        for step, status in enumerate(path)
    ]


def _midnight() -> datetime:
    """The same all day long, so that a run that was interrupted can be repeated."""
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _at(created: datetime, step: int) -> datetime:
    return created + timedelta(minutes=step * step)
