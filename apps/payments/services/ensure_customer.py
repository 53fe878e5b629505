"""The one customer of an account at the provider: made once, and found again after any crash."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.payments.contracts import AccountClosed
from apps.payments.models import CustomerState, ProviderCustomer
from apps.payments.providers import KeySpent, provider
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault

from .ensure_intent import KEYS_ARE_KEPT


def find_customer(customer_id: UUID) -> str:
    """The provider's id of this account, empty if nothing was ever saved for it or it is gone."""
    row = ProviderCustomer.objects.filter(pk=customer_id, state=CustomerState.OPEN).first()
    return row.reference if row else ""


def ensure_customer(customer_id: UUID) -> str:
    """The provider's id of this account, made now if there is none. Raises AccountClosed once the account is gone."""
    row = ProviderCustomer.objects.filter(pk=customer_id).first() or _insert(customer_id)
    fault("payments.customer.row")
    if row.state != CustomerState.OPEN:
        raise AccountClosed("This account is gone.")
    if row.reference:
        return row.reference
    reference = reference_of(row)
    fault("payments.customer.made")
    unknown = ProviderCustomer.objects.filter(pk=customer_id, reference="")
    transact("payments", lambda: unknown.update(reference=reference))
    # The account may have gone meanwhile: who closes it deletes what is written here.
    row = ProviderCustomer.objects.get(pk=customer_id)
    if row.state != CustomerState.OPEN:
        raise AccountClosed("This account is gone.")
    return row.reference


def reference_of(row: ProviderCustomer) -> str:
    """Asked under a key made of the row: the key gives the customer that it made, or makes one."""
    if row.reference:
        return row.reference
    if clock.now() - row.key_since > KEYS_ARE_KEPT:
        return _look_or_use_next_key(row)
    try:
        return _open(row)
    except KeySpent:
        return _look_or_use_next_key(row)


def replace_customer(customer_id: UUID, gone: str) -> str:
    """Another customer, since the provider does not know this one any more: somebody deleted it there."""
    lost = ProviderCustomer.objects.filter(pk=customer_id, reference=gone, state=CustomerState.OPEN)
    row = lost.first()
    if row is not None:
        again = {"reference": "", "key_number": row.key_number + 1, "key_since": clock.now()}
        transact("payments", lambda: lost.update(**again))
    return ensure_customer(customer_id)


def _open(row: ProviderCustomer) -> str:
    suffix = "" if row.key_number == 1 else f"-{row.key_number}"
    return provider().open_customer(row.customer_id, key=f"cus-{row.customer_id}{suffix}")


def _look_or_use_next_key(row: ProviderCustomer) -> str:
    found = provider().find_customer(row.customer_id, since=row.created_at)
    if found is not None:
        return found
    number, since = row.key_number + 1, clock.now()
    same = ProviderCustomer.objects.filter(pk=row.pk, key_number=row.key_number)
    if not transact("payments", lambda: same.update(key_number=number, key_since=since)):
        raise Unavailable("Somebody else is making this customer.")
    row.key_number, row.key_since = number, since
    return _open(row)


def _insert(customer_id: UUID) -> ProviderCustomer:
    row = ProviderCustomer(customer_id=customer_id)
    try:
        transact("payments", lambda: row.save(force_insert=True))
    except IntegrityError:
        return ProviderCustomer.objects.get(pk=customer_id)
    return row
