"""How a shop is set while it is measured."""

from __future__ import annotations

LIKE_THE_PRODUCT = {
    "RATE_LIMITS": "read 1000000/minute; write 1000000/minute; login 1000000/minute",
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "INFO",
    "SHOP_TICK_SECONDS": "1",
    "SHOP_LEASE_SECONDS": "30",
    "SHOP_BACKOFF_SECONDS": "1",
}
"""The black-box tests hurry and are quiet; here it is as in production, a line of log for every answer included."""
