"""What the black-box tests of erasure do and see behind the counter. Runs inside the auditor."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

PASSWORD = "correct horse battery"


def member(email: str) -> dict[str, str]:
    """Somebody with a verified address, who wants to go and has logged in again: known to all contexts by events."""
    from apps.accounts.contracts import AddressVerified, UserRegistered
    from apps.accounts.services.issue_session import Device, issue_session
    from apps.accounts.testing.people import make_person
    from shop import clock
    from shop.db import transact
    from shop.events import publish

    ends = clock.now() + timedelta(days=14)
    user = make_person(email, password=PASSWORD, name="Ada Lovelace", erase_at=ends)

    def tell() -> None:
        publish(UserRegistered(user.pk, email, "en", clock.now()), key=str(user.pk))
        publish(AddressVerified(user.pk, email, clock.now()), key=str(user.pk))

    transact("accounts", tell)
    tokens = issue_session(user, Device("phone"))
    return {"id": str(user.pk), "access": tokens.access, "refresh": tokens.refresh}


def grace_is_over(user_id: str) -> int:
    """Let the days of grace of this person be over, and the job that erases come by; how many went."""
    from apps.accounts.models import User
    from apps.accounts.tasks import erase_accounts
    from shop import clock

    User.objects.filter(pk=UUID(user_id), erase_at__isnull=False).update(erase_at=clock.now() - timedelta(seconds=1))
    return erase_accounts()


def minutes_later() -> int:
    """Let the last look of orders at who is erased come, which is due when nothing can be under way any more."""
    from apps.orders.models import Owner
    from apps.orders.services.claim_orders import LAST_LOOK
    from apps.orders.tasks import settle_owners
    from shop import clock

    now = clock.now()
    Owner.objects.filter(due__isnull=False).update(since=now - LAST_LOOK, due=now)
    return settle_owners()


def traces(user_id: str, email: str) -> dict[str, int]:
    """How many rows of each context still lead to this person.

    Their orders stay with the address, as the law asks. What is told of these afterwards is forgotten once it is sent,
    but for what orders told before it knew of the end; a request that was under way may leave a cart or a choice that
    knows an id alone.
    """
    from django.db.models import Q

    from apps.accounts.models import AccountRequest, Address, OneTimeToken, Session, User
    from apps.notifications.models import Message, Reader, Suppression
    from apps.orders.models import Order, Owner
    from apps.payments.models import ProviderCustomer

    key = UUID(user_id)
    looks = {
        "users": User.objects.filter(Q(pk=key) | Q(email=email)),
        "addresses": Address.objects.filter(user_id=key),
        "sessions": Session.objects.filter(user_id=key),
        "links": OneTimeToken.objects.filter(user_id=key),
        "requests": AccountRequest.objects.filter(email=email),
        "orders": Order.objects.filter(customer_id=key),
        "owners": Owner.objects.filter(Q(pk=key) | Q(email=email)),
        "readers": Reader.objects.filter(email=email),
        "suppressions": Suppression.objects.filter(address=email),
        "account mails": Message.objects.filter(recipient=email, order_id__isnull=True),
        "customers at Stripe": ProviderCustomer.objects.filter(pk=key).exclude(state="closed"),
    }
    return {name: rows.count() for name, rows in looks.items() if rows.exists()}


def orders_of(email: str) -> list[str]:
    """The numbers of all orders that were placed under this address, whosever they are."""
    from apps.orders.models import Order

    return sorted(Order.objects.filter(email=email).values_list("number", flat=True))
