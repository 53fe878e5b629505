"""Guest orders go to the customer who has shown that the address is theirs, and are let go when they are erased."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from apps.accounts.contracts import AccountDeleted, AddressVerified
from apps.orders.models import Order, Owner
from apps.orders.queries import find_unsettled, orders_of_customer, owner_of
from apps.orders.services import claim_orders
from apps.orders.services.news import whose
from apps.orders.tasks import settle_owners
from apps.orders.tests.test_subscribers import tell
from shop import clock
from shop.ids import uuid7
from shop.testing.races import happens_before

pytestmark = pytest.mark.usefixtures("database")

ADA, EVE = uuid7(), uuid7()


def guest_order(email: str = "ada@example.com", customer_id: UUID | None = None) -> Order:
    order = Order(
        number=f"SO-{uuid7().hex[-8:].upper()}",
        cart_id=uuid7(),
        cart_revision=1,
        customer_id=customer_id,
        email=email,
        currency="EUR",
        subtotal_minor=1000,
        shipping_minor=0,
        tax_minor=0,
        tax_included=True,
        total_minor=1000,
        told=True,
    )
    order.save(force_insert=True)
    return order


def verified(user_id: UUID = ADA, email: str = "ada@example.com") -> None:
    tell(AddressVerified(user_id=user_id, email=email, verified_at=clock.now()))


def owners() -> dict[str, UUID | None]:
    return dict(Order.objects.values_list("number", "customer_id"))


def test_a_verified_address_claims_its_guest_orders_and_no_others():
    mine, theirs, taken = guest_order(), guest_order("eve@example.com"), guest_order(customer_id=EVE)

    verified()
    assert settle_owners() == 1

    assert owners() == {mine.number: ADA, theirs.number: None, taken.number: EVE}
    assert [order.pk for order in orders_of_customer(ADA)] == [mine.pk]


def test_an_address_that_nobody_verified_claims_nothing():
    order = guest_order()

    assert settle_owners() == 0

    assert owners() == {order.number: None}


def test_many_orders_are_claimed_in_batches(monkeypatch):
    monkeypatch.setattr(claim_orders, "BATCH", 2)
    for _ in range(5):
        guest_order()

    verified()
    done = [settle_owners() for _ in range(4)]

    assert done == [2, 2, 1, 0]
    assert set(owners().values()) == {ADA}


def test_an_order_that_was_being_placed_meanwhile_is_found_by_a_last_look(monkeypatch):
    verified()
    settle_owners()
    late = guest_order()
    assert settle_owners() == 0
    assert not find_unsettled(10)

    then = clock.now() + claim_orders.LAST_LOOK
    monkeypatch.setattr(clock, "now", lambda: then)
    assert settle_owners() == 1

    assert owners() == {late.number: ADA}
    assert (Owner.objects.get().task, Owner.objects.get().due) == ("none", None)


def test_an_order_that_somebody_else_got_meanwhile_is_not_taken():
    order = guest_order()
    verified()

    with happens_before("apps.orders.services.claim_orders.transact", lambda: Order.objects.update(customer_id=EVE)):
        assert settle_owners() == 0

    assert owners() == {order.number: EVE}


def test_a_new_address_claims_too_and_the_old_one_no_more():
    verified()
    verified(email="ada@new.example")
    old, new = guest_order(), guest_order("ada@new.example")

    settle_owners()

    assert owners() == {old.number: None, new.number: ADA}
    assert (owner_of("ada@example.com"), owner_of("ada@new.example")) == (None, ADA)


def test_of_two_owners_of_an_address_the_latest_counts():
    verified(EVE)
    Owner.objects.update(since=clock.now() - timedelta(days=1))
    verified(ADA)

    assert owner_of("ada@example.com") == ADA


def test_what_an_erased_customer_ordered_is_not_claimed_by_who_has_their_address_next():
    placed_after_a_login, placed_as_a_guest = guest_order(customer_id=ADA), guest_order()
    verified()
    settle_owners()
    tell(AccountDeleted(user_id=ADA, email="ada@example.com"))
    settle_owners()
    later = guest_order()

    verified(EVE)
    settle_owners()

    assert owners() == {placed_after_a_login.number: None, placed_as_a_guest.number: None, later.number: EVE}


def test_what_is_told_of_an_order_of_an_erased_customer_says_so():
    theirs, others = guest_order(customer_id=ADA), guest_order(customer_id=EVE)
    tell(AccountDeleted(user_id=ADA, email="ada@example.com"))
    settle_owners()
    said = [whose(Order.objects.get(pk=order.pk)) for order in (theirs, others)]
    assert [(one["customer_id"], one["erased"]) for one in said] == [(None, True), (EVE, False)]


def test_an_erased_customer_is_cut_from_their_orders_which_stay(monkeypatch):
    monkeypatch.setattr(claim_orders, "BATCH", 2)
    kept = [guest_order(customer_id=ADA) for _ in range(3)]
    other = guest_order("eve@example.com", customer_id=EVE)
    verified()

    tell(AccountDeleted(user_id=ADA, email="ada@example.com"))
    while settle_owners():
        pass

    assert owners() == {**{order.number: None for order in kept}, other.number: EVE}
    assert {order.email for order in Order.objects.exclude(pk=other.pk)} == {"ada@example.com"}
    assert owner_of("ada@example.com") is None
    then = clock.now() + claim_orders.LAST_LOOK
    monkeypatch.setattr(clock, "now", lambda: then)
    settle_owners()
    assert not Owner.objects.exists()
