"""What payments decides without asking anybody: moves, smallest amounts, waiting times, how money is booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shop.ids import derived_id
from shop.money import Money

from .contracts import PaymentRefused, PaymentStatus, RefundStatus

S = PaymentStatus
MOVES: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    S.NEW: frozenset({S.OPEN, S.PROCESSING, S.AUTHORIZED, S.SUCCEEDED, S.CANCELED}),
    S.OPEN: frozenset({S.PROCESSING, S.AUTHORIZED, S.SUCCEEDED, S.CANCELED}),
    # A bank debit may fail after days, and the buyer may then try again.
    S.PROCESSING: frozenset({S.OPEN, S.AUTHORIZED, S.SUCCEEDED, S.CANCELED}),
    # Captured, or let go: by us, or by the bank when nobody captured in time.
    S.AUTHORIZED: frozenset({S.SUCCEEDED, S.CANCELED}),
    # Money first: when the provider has it, we have it, whatever we had decided before.
    S.CANCELED: frozenset({S.AUTHORIZED, S.SUCCEEDED}),
    S.SUCCEEDED: frozenset(),
}
"""The way of the money of one order: everything else is old news and is ignored."""

REFUND_MOVES: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.PENDING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
    # A bank may send a refund back days after the provider called it done.
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
}

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When to ask again where there is nobody to ask: people tell us."""

LAST_ATTEMPT = 12
"""An event whose handling fails this often for a reason that is not a silent provider is dead."""


def waiting_time(attempts: int, *, base: float, longest: float = 300.0) -> timedelta:
    """How long to wait after this many attempts: doubled each time, with an upper end."""
    return timedelta(seconds=min(base * 2.0 ** min(attempts, 20), longest))


def check_amount(amount: Money, minimum: Money) -> None:
    """Refuse what the provider will never take; zero needs no provider."""
    if amount.amount < 0:
        raise PaymentRefused("An amount below zero cannot be paid.", reason="negative_amount")
    if 0 < amount.amount < minimum.amount:
        raise PaymentRefused(f"The smallest payment is {minimum.format()}.", reason="amount_too_small")


class Account(StrEnum):
    """Where money is, in the books."""

    PROVIDER = "provider"
    """With Stripe, for us."""
    ELSEWHERE = "elsewhere"
    """Came or went past the provider: a bank account, or a shop of the past."""
    BANK = "bank"
    """In our bank account."""
    DISPUTED = "disputed"
    """Taken back by a buyer's bank until it has decided."""
    LOST = "lost"
    """Disputes that were lost."""
    FEES = "fees"
    """What the provider kept for disputes."""
    ORDERS = "orders"
    """What buyers gave for their orders; negative is what we keep for them."""


class Posting(StrEnum):
    RECEIVED = "received"
    REFUNDED = "refunded"
    RETURNED = "returned"
    """A refund that had succeeded came back to us."""
    DISPUTED = "disputed"
    """A buyer's bank took money back."""
    REINSTATED = "reinstated"
    """It gave it back: the dispute was won."""
    LOST = "lost"
    """It keeps it."""
    FEE = "fee"


class DifferenceKind(StrEnum):
    LEDGER = "ledger"
    """The books and the payment's row do not say the same."""
    UNBALANCED = "unbalanced"
    """The books of a currency do not sum to zero."""
    STRANGE_INTENT = "strange_intent"
    """Paid at the provider, and no order of ours."""
    SECOND_INTENT = "second_intent"
    """Paid at the provider for an order that has another intent."""
    STATUS = "status"
    RECEIVED = "received"
    """The provider got another amount than we know of."""
    STRANGE_REFUND = "strange_refund"
    """Sent back at the provider, and not by us."""
    REFUND = "refund"
    """A refund is not the same here and there."""
    STRANGE_DISPUTE = "strange_dispute"
    """Disputed at the provider, and no payment of ours."""
    NOT_LET_GO = "not_let_go"
    """Finance let go of authorized money, and the provider has it still set aside."""
    MISSING = "missing"
    """The provider does not know what we know."""


@dataclass(frozen=True, slots=True)
class Side:
    """One entry of a posting: `amount` came to `account`."""

    id: UUID
    account: Account
    amount: Money


def sides(posting_id: UUID, *, to: Account, frm: Account, amount: Money) -> tuple[Side, Side]:
    """Both entries of one movement; they sum to zero."""
    return (
        Side(derived_id(posting_id, to), to, amount),
        Side(derived_id(posting_id, frm), frm, -amount),
    )


PAST_THE_PROVIDER = frozenset({"none", "imported"})
BANK = "bank_transfer"
"""The provider of a payment by bank transfer: ourselves."""


def account_of(provider: str) -> Account:
    """Where the money of a payment is: with the provider, in our bank account, or wherever it was paid."""
    if provider == BANK:
        return Account.BANK
    return Account.ELSEWHERE if provider in PAST_THE_PROVIDER else Account.PROVIDER
