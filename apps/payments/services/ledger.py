"""Books each movement of money inside the transaction that writes it: always two entries that sum to zero."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.payments.contracts import PaymentMethod
from apps.payments.models import LedgerEntry, Payment, Refund
from apps.payments.rules import Account, Posting, account_of, sides
from shop import clock
from shop.ids import derived_id
from shop.money import Money

Movement = tuple[Account, Account, Money]
"""To where, from where, how much."""


def book_received(payment: Payment, amount: Money, *, reference: str, at: datetime, of: UUID | None = None) -> None:
    """All of a payment came, once; or, with the operation `of` that it belongs to, more of it."""
    _book(
        payment.order_id,
        derived_id(of or payment.order_id, Posting.RECEIVED),
        Posting.RECEIVED,
        (account_of(payment.provider), Account.ORDERS, amount),
        reference,
        at,
    )


def book_refunded(refund: Refund, *, reference: str, at: datetime) -> None:
    """A refund went back to its buyer."""
    _book_refund(refund, Posting.REFUNDED, (Account.ORDERS, _account(refund)), reference, at)


def book_returned(refund: Refund, *, at: datetime) -> None:
    """A refund that went out came back: its money is with the provider again."""
    _book_refund(refund, Posting.RETURNED, (_account(refund), Account.ORDERS), refund.provider_reference, at)


def book_dispute(order_id: UUID, posting_id: UUID, kind: Posting, movement: Movement, *, reference: str) -> None:
    """Money of a dispute, or the provider's fee for it, is somewhere else now."""
    _book(order_id, posting_id, kind, movement, reference, clock.now())


def _account(refund: Refund) -> Account:
    return Account.BANK if refund.method == PaymentMethod.BANK_TRANSFER else Account.PROVIDER


def _book_refund(refund: Refund, kind: Posting, between: tuple[Account, Account], reference: str, at: datetime) -> None:
    amount = Money(refund.amount_minor, refund.currency)
    _book(refund.payment_id, derived_id(refund.refund_id, kind), kind, (*between, amount), reference, at)


def _book(
    order_id: UUID,
    posting_id: UUID,
    kind: Posting,
    movement: Movement,
    reference: str,
    at: datetime,
) -> None:
    to, frm, amount = movement
    if not amount:
        return
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                id=side.id,
                posting_id=posting_id,
                order_id=order_id,
                account=side.account,
                kind=kind,
                amount_minor=side.amount.amount,
                currency=side.amount.currency,
                reference=reference,
                at=at,
            )
            for side in sides(posting_id, to=to, frm=frm, amount=amount)
        ]
    )
