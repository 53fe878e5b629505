"""The money for finance: to look at, and three deeds through the services: mark paid, mark sent, handle again."""

from __future__ import annotations

from . import checks, customers, disputes, events, payments, refunds

__all__ = ["checks", "customers", "disputes", "events", "payments", "refunds"]
