"""Two at once who want the same slug, SKU or combination: the database lets one pass, the other looks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError

from shop.db import transact
from shop.db.transactions import open_alias

T = TypeVar("T")


def transact_unique(context: str, function: Callable[[], T]) -> T:
    """As `transact`; a unique rule that was broken makes it run once more, and then it sees who was faster.

    `function` checks for itself what is taken, and refuses it with words.
    """
    if open_alias() is not None:
        return transact(context, function)  # the transaction is the caller's, and so is its end
    try:
        return transact(context, function)
    except IntegrityError:
        return transact(context, function)
