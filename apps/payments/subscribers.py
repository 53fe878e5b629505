"""What payments does when accounts tells something. Each runs once per event, in one transaction of payments."""

from __future__ import annotations

from apps.accounts.contracts import AccountDeleted
from shop.events import subscribe

from .services.forget_customer import forget_customer


@subscribe(AccountDeleted)
def forget_methods_when_deleted(event: AccountDeleted) -> None:
    forget_customer(customer_id=event.user_id)
