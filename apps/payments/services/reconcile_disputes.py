"""Compare our disputes with the provider's: theirs of the last days, and each of ours that is still open."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from uuid import UUID

from apps.payments.contracts import DisputeStatus
from apps.payments.models import Dispute, Payment
from apps.payments.providers import DisputeState, Refused, provider
from apps.payments.rules import DifferenceKind

from .apply_dispute import learn_dispute
from .differences import Found
from .import_payment import IMPORTED

logger = logging.getLogger(__name__)


def disputes_there(disputes: Iterable[DisputeState], seen: set[UUID | str]) -> Iterator[Found]:
    """What the provider knows and we do not, or otherwise. What we only had not heard of is asked for and written."""
    for there in disputes:
        payment = Payment.objects.filter(provider_reference=there.intent).first() if there.intent else None
        if payment is None:
            yield Found(
                DifferenceKind.STRANGE_DISPUTE,
                f"{there.reference} disputes {there.amount} of {there.intent}, which is no payment of ours.",
                reference=there.reference,
            )
        else:
            yield from _compared(payment, there.reference)
        seen.add(there.reference)


def disputes_here(seen: set[UUID | str]) -> Iterator[Found]:
    """Those that may have been decided long after they were opened; of one made elsewhere nobody here is asked."""
    rows = Dispute.objects.filter(status=DisputeStatus.OPEN).order_by("-opened_at", "-pk")
    for dispute in rows.iterator():
        payment = Payment.objects.filter(pk=dispute.order_id).first()
        if dispute.pk in seen or payment is None or payment.provider == IMPORTED:
            continue
        yield from _compared(payment, dispute.pk)
        seen.add(dispute.pk)


def _compared(payment: Payment, reference: str) -> Iterator[Found]:
    try:
        learn_dispute(payment, reference, provider().retrieve_dispute)
    except Refused as no:
        logger.error("The provider refused to tell of %s: %s", reference, no.reason)  # noqa: TRY400
        yield Found(
            DifferenceKind.MISSING,
            f"Order {payment.order_number}: the provider does not know the dispute {reference}.",
            order_id=payment.pk,
            reference=reference,
        )
