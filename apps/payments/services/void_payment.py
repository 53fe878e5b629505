"""Let go of authorized money, so that nothing is ever taken, or learn that it was captured before."""

from __future__ import annotations

from uuid import UUID

from apps.payments import contracts

from .cancel_payment import close_payment, let_go


def void_payment(*, order_id: UUID) -> contracts.Payment:
    """Cancel at the provider whatever is set aside there; see `api.void_payment`."""
    return close_payment(order_id, let_go)
