"""What each step costs: statements, transactions, calls to the provider. Growth here is a decision, not an accident."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connections

from apps.payments import api
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events
from apps.payments.tests.memory import notice
from apps.payments.tests.test_open_payment import PRICE, open_it
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def cost(memory):
    """`with cost("name"):` notes (statements, transactions, calls of the provider) under that name."""
    noted: dict[str, tuple[int, int, int]] = {}

    @contextmanager
    def counting(name):
        statements: list[str] = []
        before = len(memory.calls)

        def note(execute, sql, *args):
            statements.append(sql)
            return execute(sql, *args)

        with connections["payments"].execute_wrapper(note):
            yield
        begun = sum(sql.startswith("BEGIN") for sql in statements)
        noted[name] = (len(statements) - begun, begun, len(memory.calls) - before)

    counting.noted = noted  # type: ignore[attr-defined]
    return counting


def test_the_cost_of_a_purchase_and_its_refund(memory, settings, cost):
    if settings.SHOP_SHAPE != "mono" or connections["payments"].vendor != "sqlite":
        pytest.skip("counted where a statement is a statement: strict doubles each call, MongoDB counts commands")
    order = uuid7()
    with cost("open"):
        open_it(order)
    with cost("open again"):
        open_it(order)
    memory.pay("pi_1")
    for name in ("webhook", "webhook again"):
        with cost(name):
            record_event(notice("evt_1", "payment_intent.succeeded", "pi_1"))
    for name in ("handle", "idle"):
        with cost(name):
            handle_provider_events()
    with cost("refund"):
        api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    assert cost.noted == {
        "open": (3, 2, 1),  # look, insert, note the intent
        "open again": (1, 0, 1),
        "webhook": (1, 1, 0),
        "webhook again": (1, 1, 0),
        "handle": (7, 3, 1),  # find, claim, look, write, book, tell, mark
        "idle": (1, 0, 0),
        "refund": (7, 2, 1),  # look, take, insert, the intent's id, write, book, tell
    }
