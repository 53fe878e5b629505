"""Replaces five guards by the code that is usually found in their place."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import AppConfig

THINKING_SECONDS = 0.3
"""Between reading and writing, as a remote database or a busy process would take."""


class Unguarded(AppConfig):
    """Takes the guards out when everything else is loaded."""

    name = "tests.concurrency.unguarded"
    label = "unguarded"

    def ready(self) -> None:
        """Patch each guard in the module that uses it."""
        _stock_is_read_then_written()
        _cart_lines_are_read_then_written()
        _idempotency_keys_are_not_claimed()
        _webhooks_are_not_deduplicated()
        _cancelling_does_not_ask_the_provider()


def _stock_is_read_then_written() -> None:
    from apps.catalog import api
    from apps.catalog.contracts import HoldState, OutOfStock, Reservation, StockLine
    from apps.catalog.models import Hold, Stock
    from shop import clock
    from shop.db import transact
    from shop.ports import PORTS

    def reserve_stock(*, order_id: UUID, lines: tuple[StockLine, ...], hold_seconds: int) -> Reservation:
        rows = {line.sku: Stock.objects.get(sku=line.sku) for line in lines}
        for line in lines:
            if rows[line.sku].available < line.quantity:
                raise OutOfStock("Sold out.", sku=line.sku, left=rows[line.sku].available)
        time.sleep(THINKING_SECONDS)

        def write() -> Reservation:
            for line in lines:
                row = rows[line.sku]
                row.available, row.held = row.available - line.quantity, row.held + line.quantity
                row.save()
            hold = Hold(order_id=order_id, state=HoldState.HELD.value, lines=[])
            hold.expires_at = clock.now() + timedelta(seconds=hold_seconds)
            hold.save(force_insert=True)
            return hold.answer()

        return transact("catalog", write)

    port = PORTS["catalog", api.reserve_stock.__name__]
    port.calls_out = True  # so that the kernel opens no transaction around it
    port.__dict__["implementation"] = reserve_stock


def _cart_lines_are_read_then_written() -> None:
    from apps.cart.models import CartLine
    from apps.cart.services import add_line
    from apps.cart.services.lines import seen
    from shop.db import transact

    def add(cart_id: UUID, customer_id: UUID | None, offer: Any, quantity: int) -> Any:
        line = CartLine.objects.filter(cart_id=cart_id, sku=offer.sku).first()
        time.sleep(THINKING_SECONDS)
        if line is None:
            line = CartLine(cart_id=cart_id, sku=offer.sku, quantity=0, **seen(offer))
        line.quantity += quantity
        transact("cart", line.save)
        return add_line.queries.read_contents(cart_id, customer_id)

    add_line._add = add


def _idempotency_keys_are_not_claimed() -> None:
    from shop.http import idempotency
    from shop.ids import uuid7

    def claim(context: str, request: Any, caller: str, key: str) -> idempotency._Claim:
        from shop import clock

        return idempotency._Claim("nobody", uuid7(), clock.now())

    idempotency._claim = claim


def _webhooks_are_not_deduplicated() -> None:
    from apps.payments.http.views import webhooks
    from apps.payments.services import apply_intent, record_event
    from shop.ids import uuid7

    kept = record_event.record_event

    def record(notice: Any) -> bool:
        from dataclasses import replace

        return kept(replace(notice, id=f"{notice.id}-{uuid7()}"))

    def changes(payment: Any, state: Any, at: Any) -> dict[str, Any]:
        changes = {"provider_reference": state.reference, "status": state.status}
        if state.received.amount:
            changes |= {"amount_received_minor": state.received.amount, "succeeded_at": at}
        return changes

    webhooks.record_event = record
    apply_intent._changes = changes
    apply_intent.book_received = lambda *_args, **_facts: None  # whose key is the last guard


def _cancelling_does_not_ask_the_provider() -> None:
    from apps.cart import api as cart
    from apps.catalog import api as catalog
    from apps.orders.contracts import OrderStatus
    from apps.orders.services import news, steps

    def cancel(order: Any) -> Any:
        catalog.release_reservation(order_id=order.pk)
        cart.reopen(order_id=order.pk, cart_id=order.cart_id)
        return news.cancelled(order, refunded=False)

    steps.STEPS[OrderStatus.CANCELLING] = cancel
