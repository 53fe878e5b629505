"""Replaces payments' promise by the question that was asked before there was one: what is true now, then it leaves."""

from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

from django.apps import AppConfig

from .apps import THINKING_SECONDS


class Unpromised(AppConfig):
    """Takes this one guard out: the others are needed for money to be set aside at all."""

    name = "tests.concurrency.unguarded"
    label = "unpromised"

    def ready(self) -> None:
        """Patch the port."""
        from apps.payments import api
        from apps.payments.contracts import Payment
        from shop.ports import PORTS

        def promise_capture(*, order_id: UUID, number: int) -> Payment:
            seen = api.get_payment(order_id=order_id)
            time.sleep(THINKING_SECONDS)
            return seen if seen.letting_go else replace(seen, promised=number)

        PORTS["payments", api.promise_capture.__name__].__dict__["implementation"] = promise_capture
