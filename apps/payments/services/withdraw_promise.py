"""No goods left on a promise, so what is set aside may be let go again."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from apps.payments.models import Payment
from shop.db import transact


def withdraw_promise(*, order_id: UUID, number: int) -> bool:
    """End promise `number`, also before it is made; see `api.withdraw_promise`. A newer one stays."""
    payment = Payment.objects.filter(pk=order_id)
    ended = payment.filter(Q(promise_number=None) | Q(promise_number__lte=number))
    transact("payments", lambda: ended.update(promise_number=number, promised=False))
    return not payment.filter(promised=True).exists()
