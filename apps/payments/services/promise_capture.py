"""Goods are about to leave on authorized money: no clerk lets go of it meanwhile."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from apps.payments import contracts
from apps.payments.contracts import PaymentStatus
from apps.payments.models import Payment
from shop.db import transact
from shop.faults import fault

from .find_payment import load_payment


def promise_capture(*, order_id: UUID, number: int) -> contracts.Payment:
    """Keep promise `number` if there is something to keep; see `api.promise_capture`.

    The guard is one conditional update, as that of a void is: of the two on one row, one comes first.
    """
    free = Payment.objects.filter(pk=order_id, status=PaymentStatus.AUTHORIZED, void_id=None)
    newer = free.filter(Q(promise_number=None) | Q(promise_number__lt=number))
    transact("payments", lambda: newer.update(promise_number=number, promised=True))
    fault("payments.promise.row")
    return load_payment(order_id).as_contract()
