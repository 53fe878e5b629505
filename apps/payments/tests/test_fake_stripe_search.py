"""The fake's search finds by Stripe's query language, and late; the shop never relies on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe

from apps.payments import api
from apps.payments.fakes.stripe import shapes
from apps.payments.services.reconcile import YOUNG, reconcile
from shop import clock
from shop.ids import uuid7
from shop.money import Money

from .fake_stripe import client, control, fake

__all__ = ["client", "fake"]
HOUR = 3600


@pytest.fixture(autouse=True)
def without_lag(fake):
    control(fake, "reset")
    control(fake, "search", lag="0")
    yield
    control(fake, "search", lag="60")


def intent(client, amount=1999, order="7", **more):
    return client.v1.payment_intents.create(
        {"amount": amount, "currency": "eur", "metadata": {"order_id": order}, **more}
    )


def found(client, query, **more):
    return [one.id for one in client.v1.payment_intents.search({"query": query, **more}).data]


def test_search_understands_stripes_queries(client):
    cheap, dear = intent(client, 500, "7"), intent(client, 9000, "8")
    client.v1.payment_intents.cancel(dear.id)

    assert found(client, 'metadata["order_id"]:"7"') == [cheap.id]
    assert found(client, "status:'canceled' AND amount>=9000") == [dear.id]
    assert found(client, "status:'canceled' amount<9000") == []
    assert found(client, "amount:500 OR amount:9000") == [dear.id, cheap.id]
    assert found(client, "-status:'canceled' AND currency:'EUR'") == [cheap.id]
    assert found(client, "metadata['none']:null AND customer:null") == [dear.id, cheap.id]
    assert found(client, f"created>{cheap.created}") == []


def test_customers_and_charges_are_searched_too(client, fake):
    made = client.v1.customers.create({"email": "ann@shop.test"})
    client.v1.customers.delete(client.v1.customers.create({"email": "anna@shop.test"}).id)
    control(fake, f"payment_intents/{intent(client).id}/pay")

    assert [one.id for one in client.v1.customers.search({"query": "email~'ANN@'"}).data] == [made.id]
    assert [one.amount for one in client.v1.charges.search({"query": "status:'succeeded'"}).data] == [1999]


def test_pages_go_on_where_the_last_one_ended(client):
    made = [intent(client).id for _ in range(5)]

    pages = client.v1.payment_intents.search({"query": "amount:1999", "limit": 2}).auto_paging_iter()

    assert [one.id for one in pages] == made[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "", "amount", "colour:'red'", "amount:'many'", "amount>1 AND status:'x' OR status:'y'", "status>'a'",
        "status~'succ'", "AND amount:1", "amount:1 AND", "amount:1)", " ".join(["amount:1"] * 11),
    ],
)  # fmt: skip
def test_a_query_that_stripe_cannot_read_is_refused(client, query):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        found(client, query)
    assert refused.value.param == "query"


def test_a_page_of_somebody_else_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError):
        found(client, "amount:1", page="?")


def test_what_is_new_is_not_found_and_what_changed_is_found_as_it_was(client, fake, monkeypatch):
    control(fake, "search", lag="60")
    one = intent(client)
    began = shapes.now()
    assert found(client, "amount:1999") == []
    assert [row.id for row in client.v1.payment_intents.list().data] == [one.id], "lists do not lag"

    monkeypatch.setattr(shapes, "now", lambda: began + 61)
    assert found(client, "status:'requires_payment_method'") == [one.id]
    client.v1.payment_intents.cancel(one.id)
    assert found(client, "status:'requires_payment_method'") == [one.id], "the index has not heard of it"
    assert found(client, "status:'canceled'") == []

    monkeypatch.setattr(shapes, "now", lambda: began + 122)
    assert found(client, "status:'canceled'") == [one.id]


class TestTheShop:
    """With a search that is an hour late."""

    @pytest.fixture(autouse=True)
    def late(self, database, fake_stripe, stripe_provider):
        fake_stripe.gateway.search_lag = HOUR
        fake_stripe.gateway.stats.clear()
        yield
        searched = [name for name, _ in fake_stripe.gateway.stats if "search" in name]
        fake_stripe.gateway.search_lag = 60
        assert searched == [], "the shop relies on what lags"

    def test_finds_the_intent_of_an_answer_that_was_lost(self, stripe_provider, fake_stripe, crash_at):
        order = uuid7()
        with pytest.raises(crash_at("payments.open.intent_created")):
            api.open_payment(order_id=order, order_number="SO-1", amount=Money(1999, "EUR"), email="a@example.com")
        control(fake_stripe, "idempotency_keys/expire")

        with clock.shifted(timedelta(hours=25)):  # our key is good no longer: the intent is looked for
            api.open_payment(order_id=order, order_number="SO-1", amount=Money(1999, "EUR"), email="a@example.com")

        assert len(list(stripe_provider._client.v1.payment_intents.list().auto_paging_iter())) == 1

    def test_finds_a_refund_and_no_difference(self, stripe_provider, fake_stripe, monkeypatch):
        order = uuid7()
        api.open_payment(order_id=order, order_number="SO-1", amount=Money(1999, "EUR"), email="a@example.com")
        monkeypatch.setattr("apps.payments.services.reconcile.YOUNG", -YOUNG)

        assert reconcile().found == []
