"""The money of each order, what the provider told us, and the books that explain it."""

from __future__ import annotations

from .capture import PaymentCapture
from .checking import BooksCheckpoint, ReconciliationRun, RunState
from .customer import CustomerState, ProviderCustomer
from .difference import Difference
from .dispute import Dispute
from .finance import FinanceKind, FinanceOperation
from .ledger import LedgerEntry
from .payment import Payment, Refund
from .provider_event import ProviderEvent

__all__ = [
    "BooksCheckpoint",
    "CustomerState",
    "Difference",
    "Dispute",
    "FinanceKind",
    "FinanceOperation",
    "LedgerEntry",
    "Payment",
    "PaymentCapture",
    "ProviderCustomer",
    "ProviderEvent",
    "ReconciliationRun",
    "Refund",
    "RunState",
]
