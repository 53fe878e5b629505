"""Pages of orders for staff. Every change goes through a service."""

from __future__ import annotations

from . import orders, returns

__all__ = ["orders", "returns"]
