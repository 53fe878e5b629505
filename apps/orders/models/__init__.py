"""Orders with their lines and timeline, what was sent, came back and was refunded of them, and whose they are."""

from __future__ import annotations

from .capture import OrderCapture
from .order import Order, OrderEvent, OrderLine
from .owner import Owner
from .parcel import Parcel, ParcelLine
from .promise import CapturePromise
from .refund import OrderRefund
from .returned import Return, ReturnLine

__all__ = [
    "CapturePromise",
    "Order",
    "OrderCapture",
    "OrderEvent",
    "OrderLine",
    "OrderRefund",
    "Owner",
    "Parcel",
    "ParcelLine",
    "Return",
    "ReturnLine",
]
