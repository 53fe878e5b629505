"""Somebody who knows an order's number and its e-mail address opens it; the audit log tells of each try."""

from __future__ import annotations

import hashlib
import logging

from apps.orders.contracts import OrderNotFound
from apps.orders.models import Order
from apps.orders.queries import find_by_email
from shop.errors import Forbidden
from shop.principal import Principal

audit = logging.getLogger("shop.audit")


def look_up_order(*, number: str, email: str, by: Principal, client: str) -> Order:
    """The order; OrderNotFound alike for a wrong number and a wrong address.

    Raises Forbidden for a login of staff: it reads both in any order, and would act on it as its buyer.
    """
    who = {"client": client, "by": by.kind, "user_id": str(by.person_id or "")}
    tried = {**who, "account": hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:12]}
    if by.kind == "staff":
        audit.warning("order look-up refused", extra=tried)
        raise Forbidden("Staff open an order by their own login, at /orders/{number}: a look-up is for its buyer.")
    try:
        order = find_by_email(number=number.strip().upper(), email=email)
    except OrderNotFound:
        audit.info("order look-up failed", extra=tried)
        raise
    audit.info("order looked up", extra={**tried, "order_id": str(order.pk)})
    return order
