"""Orders that a guest placed belong to the customer who has shown that the address is theirs; until they are erased.

Then they are nobody's for good: who has that address next, and shows it, is somebody else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.orders.models import Order, Owner
from shop import clock
from shop.db import transact
from shop.jobs import JOBS, wake

BATCH = 100
LAST_LOOK = timedelta(minutes=10)
"""Longer than any request runs and any access token lives: what was under way meanwhile is found by a last look."""

Task = Owner.Task


def remember_owner(*, user_id: UUID, email: str) -> None:
    """Have all guest orders of `email` claimed, those placed later too. Runs inside the event's transaction."""
    _write_down(user_id, email=email, task=Task.CLAIM)


def forget_owner(*, user_id: UUID) -> None:
    """Have the customer cut from all their orders, which stay as the law requires. Runs inside one transaction."""
    _write_down(user_id, email="", task=Task.LET_GO)


def settle_owner(owner: Owner) -> int:
    """One batch of what is to be done for this owner; answers how many orders changed hands."""
    return _STEPS[Task(owner.task)](owner)


def _write_down(user_id: UUID, *, email: str, task: Owner.Task) -> None:
    now = clock.now()
    row = Owner(user_id=user_id, email=email, task=task, since=now, due=now)
    known = Owner.objects.filter(pk=user_id)
    if not known.update(email=email, task=task, since=now, due=now):
        row.save(force_insert=True)
    wake(JOBS["orders.settle_owners"])


def _claim(owner: Owner) -> int:
    free = Order.objects.filter(email=owner.email, customer_id__isnull=True, let_go=False)
    done = _change_hands(free, customer_id=owner.user_id)
    if done < BATCH and not _looks_again(owner):
        _change(owner, task=Task.NONE, due=None)
    return done


def _let_go(owner: Owner) -> int:
    done = _change_hands(Order.objects.filter(customer_id=owner.user_id), customer_id=None, let_go=True)
    if done < BATCH and not _looks_again(owner):
        same = Owner.objects.filter(pk=owner.pk, task=owner.task, since=owner.since)
        transact("orders", same.delete)
    return done


def _change_hands(orders: QuerySet[Order], **to: Any) -> int:
    """At most BATCH of `orders`; the condition is asked again in the update, so that nobody's order is taken."""
    ids = list(orders.order_by().values_list("pk", flat=True)[:BATCH])
    return transact("orders", lambda: orders.filter(pk__in=ids).update(**to)) if ids else 0


def _looks_again(owner: Owner) -> bool:
    """Put the last look off until nothing can be under way any more."""
    then = owner.since + LAST_LOOK
    if clock.now() >= then:
        return False
    _change(owner, due=then)
    return True


def _change(owner: Owner, **changes: Any) -> None:
    """Only while it is as we know it: another event may have given it another task."""
    same = Owner.objects.filter(pk=owner.pk, task=owner.task, since=owner.since)
    transact("orders", lambda: same.update(**changes))


_STEPS: dict[Owner.Task, Callable[[Owner], int]] = {Task.CLAIM: _claim, Task.LET_GO: _let_go}
