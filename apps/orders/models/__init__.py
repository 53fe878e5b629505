"""Orders with their lines and timeline, what was sent of them, and whose they are."""

from __future__ import annotations

from .order import Order, OrderEvent, OrderLine, OrderRefund
from .owner import Owner
from .parcel import Parcel, ParcelLine

__all__ = ["Order", "OrderEvent", "OrderLine", "OrderRefund", "Owner", "Parcel", "ParcelLine"]
