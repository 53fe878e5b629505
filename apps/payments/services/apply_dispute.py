"""Write what the provider said of a dispute: its money is booked where it is now, and each new status is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F

from apps.payments.contracts import DisputeStatus, PaymentDisputed
from apps.payments.models import Dispute, Payment
from apps.payments.providers import DisputeState
from apps.payments.rules import Account, Posting
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.events import publish
from shop.faults import fault
from shop.ids import derived_id
from shop.money import Money

from .ledger import Movement, book_dispute

TRIES = 5


def learn_dispute(payment: Payment, reference: str, ask: Callable[[str], DisputeState]) -> Dispute:
    """Ask the provider and write the answer; ask again if somebody wrote meanwhile. Raises Refused, Unavailable."""
    for _ in range(TRIES):
        row = Dispute.objects.filter(pk=reference).first()
        state = ask(reference)
        if _written(payment, row, state):
            fault("payments.dispute.applied")
            return Dispute.objects.get(pk=reference)
    raise Unavailable("This dispute changes faster than it can be read.")


def _written(payment: Payment, row: Dispute | None, state: DisputeState) -> bool:
    """False if the row is not any more what it was before we asked."""
    before = row or Dispute(id=state.reference, order_id=payment.pk, currency=state.amount.currency, revision=0)
    after = _as_told(before, state)
    if row is not None and _same(row, after):
        return True

    def write() -> bool:
        if row is None:
            after.save(force_insert=True)
        elif not _update(after):
            return False
        _follow(payment, before, after, first=row is None)
        return True

    try:
        return transact("payments", write)
    except IntegrityError:
        return False  # a twin was faster to insert it


NAMES = (
    "amount_minor",
    "status",
    "provider_status",
    "reason",
    "withdrawn_minor",
    "fee_minor",
    "fee_currency",
    "evidence_due",
)


def _as_told(before: Dispute, state: DisputeState) -> Dispute:
    ended = state.status is not DisputeStatus.OPEN
    return Dispute(
        id=before.pk,
        order_id=before.order_id,
        currency=state.amount.currency,
        amount_minor=state.amount.amount,
        status=state.status,
        provider_status=state.provider_status[:40],
        reason=state.reason[:64],
        withdrawn_minor=state.withdrawn.amount,
        fee_minor=state.fee.amount,
        fee_currency=state.fee.currency,
        evidence_due=state.evidence_due,
        opened_at=state.opened_at,
        closed_at=(before.closed_at or clock.now()) if ended else None,
        revision=before.revision + 1,
    )


def _same(row: Dispute, after: Dispute) -> bool:
    return all(getattr(row, name) == getattr(after, name) for name in NAMES)


def _update(after: Dispute) -> int:
    changes = {name: getattr(after, name) for name in (*NAMES, "closed_at", "revision")}
    return Dispute.objects.filter(pk=after.pk, revision=after.revision - 1).update(**changes)


def _follow(payment: Payment, before: Dispute, after: Dispute, *, first: bool) -> None:
    """Book where the money is now, and tell."""
    book_where_it_is(payment, before, after)
    if first or before.status != after.status:
        publish(_told(payment.pk, after), key=payment.pk)


def book_where_it_is(payment: Payment, before: Dispute, after: Dispute) -> None:
    """The books follow, and what is disputed is kept from being refunded. Runs in the caller's transaction."""
    more = after.withdrawn_minor - before.withdrawn_minor
    if more:
        Payment.objects.filter(pk=payment.pk).update(
            amount_disputed_minor=F("amount_disputed_minor") + more, revision=F("revision") + 1
        )
    for number, (posting, movement) in enumerate(_movements(before, after)):
        posting_id = derived_id(payment.pk, f"{after.pk}/{after.revision}/{number}")
        book_dispute(payment.pk, posting_id, posting, movement, reference=after.pk)


def _movements(before: Dispute, after: Dispute) -> Iterator[tuple[Posting, Movement]]:
    """From where the money was to where it is: with the provider, in dispute, or lost."""
    old, new = Money(before.withdrawn_minor, after.currency), Money(after.withdrawn_minor, after.currency)
    was, now = _place(before), _place(after)
    if old and was != now:
        yield Posting.LOST if now is Account.LOST else Posting.DISPUTED, (now, was, old)
    if new > old:
        yield Posting.DISPUTED, (now, Account.PROVIDER, new - old)
    elif old > new:
        yield Posting.REINSTATED, (Account.PROVIDER, now, old - new)
    if after.fee_minor != before.fee_minor:
        fee = Money(after.fee_minor - before.fee_minor, after.fee_currency)
        yield Posting.FEE, (Account.FEES, Account.PROVIDER, fee)


def _place(dispute: Dispute) -> Account:
    return Account.LOST if dispute.status == DisputeStatus.LOST else Account.DISPUTED


def _told(order_id: UUID, dispute: Dispute) -> PaymentDisputed:
    return PaymentDisputed(
        order_id=order_id,
        dispute_id=dispute.pk,
        amount=dispute.amount,
        reason=dispute.reason,
        status=DisputeStatus(dispute.status),
        answer_before=dispute.evidence_due,
        told_at=clock.now(),
    )
