"""An order that is due is one worker's at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.orders.models import Order
from apps.orders.services.advance_order import claim_order
from shop import clock

pytestmark = pytest.mark.usefixtures("database")


def test_of_two_workers_who_find_an_order_due_one_takes_it(world):
    placed = world.place().order
    with clock.shifted(timedelta(days=1)):
        first, second = Order.objects.get(pk=placed.pk), Order.objects.get(pk=placed.pk)
        assert (claim_order(first), claim_order(second), claim_order(first)) == (True, False, False)
