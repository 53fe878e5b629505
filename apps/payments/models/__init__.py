"""The money of each order, what the provider told us, and the books that explain it."""

from __future__ import annotations

from .difference import Difference
from .ledger import LedgerEntry
from .payment import Payment, Refund
from .provider_event import ProviderEvent

__all__ = ["Difference", "LedgerEntry", "Payment", "ProviderEvent", "Refund"]
