"""What is read of orders in lists, claims and the saga's clock is read by an index."""

from __future__ import annotations

import pytest

from apps.orders.http.filters import narrowed
from apps.orders.models import Order, Owner
from apps.orders.queries import all_orders, orders_of_customer
from apps.orders.tests.test_owners import guest_order
from shop import clock
from shop.http.paging import behind
from shop.ids import uuid7
from shop.testing.plans import assert_by_index

pytestmark = pytest.mark.usefixtures("database")

ORDER = ("-created_at", "-id")


def let_go():
    return narrowed(all_orders(), {"money_let_go": "true"})


READS = {
    "a customer's orders": lambda: orders_of_customer(uuid7()).order_by(*ORDER)[:21],
    "the next page": lambda: behind(orders_of_customer(uuid7()).order_by(*ORDER), ORDER, [clock.now(), uuid7()])[:21],
    "guest orders of an address": lambda: Order.objects.filter(
        email="ada@example.com", customer_id__isnull=True
    ).order_by()[:100],
    "orders to let go": lambda: Order.objects.filter(customer_id=uuid7()).order_by()[:100],
    "unpaid orders of a login": lambda: Order.objects.filter(
        customer_id=uuid7(), by_customer=True, status="awaiting_payment", payment_method="bank_transfer"
    ).order_by(),
    "the owner of an address": lambda: Owner.objects.filter(email="ada@example.com").order_by(),
    "owners to settle": lambda: Owner.objects.filter(due__lte=clock.now()).order_by("due")[:100],
    "a customer's order by its number": lambda: Order.objects.filter(number="SO-1", customer_id=uuid7()).order_by(),
}


@pytest.mark.parametrize("name", READS)
def test_this_is_read_by_an_index(name):
    for _ in range(3):
        guest_order(customer_id=uuid7())

    assert_by_index(READS[name]())


@pytest.mark.parametrize("of_them", ["page", "next page", "number"])
def test_the_few_whose_money_was_let_go_are_not_looked_for_among_all(of_them):
    for _ in range(3):
        guest_order()
    rows = let_go().order_by() if of_them == "number" else let_go().order_by(*ORDER)[:21]
    rows = behind(let_go().order_by(*ORDER), ORDER, [clock.now(), uuid7()])[:21] if of_them == "next page" else rows

    assert_by_index(rows)
    assert "order_money_let_go" in str(rows.explain())
