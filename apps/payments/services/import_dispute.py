"""Take over a dispute of a payment that was made elsewhere: a row of history, booked where its money is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.payments.contracts import DisputeStatus
from apps.payments.models import Dispute
from shop.money import Money

from .apply_dispute import book_where_it_is
from .find_payment import load_payment


def import_dispute(  # noqa: PLR0913  # a row of history has many columns
    *,
    order_id: UUID,
    dispute_id: str,
    amount: Money,
    reason: str,
    status: DisputeStatus,
    opened_at: datetime,
    answer_before: datetime | None = None,
) -> DisputeStatus:
    """Store it, and what it took; see `api.import_dispute`. One that is known already is left as it is."""
    payment, known = load_payment(order_id), Dispute.objects.filter(pk=dispute_id).first()
    if known is not None:
        return DisputeStatus(known.status)
    nothing = Dispute(id=dispute_id, order_id=order_id, currency=amount.currency, revision=0)
    dispute = Dispute(
        id=dispute_id,
        order_id=order_id,
        amount_minor=amount.amount,
        currency=amount.currency,
        reason=reason,
        status=status,
        withdrawn_minor=0 if status is DisputeStatus.WON else amount.amount,
        fee_currency=amount.currency,
        evidence_due=answer_before,
        opened_at=opened_at,
        closed_at=None if status is DisputeStatus.OPEN else answer_before or opened_at,
    )
    dispute.save(force_insert=True)
    book_where_it_is(payment, nothing, dispute)
    return status
