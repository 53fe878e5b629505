"""Staff see the money, change nothing, and may have an event handled again."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.payments import api
from apps.payments.models import Payment, ProviderEvent
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events
from apps.payments.tests.memory import notice
from apps.payments.tests.test_open_payment import PRICE, open_it
from shop import jobs
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def staff():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "x"))
    return client


@pytest.fixture
def order(memory):
    """An order that was paid and refunded."""
    order_id = uuid7()
    open_it(order_id)
    memory.pay("pi_1")
    record_event(notice("evt_1", "payment_intent.succeeded", "pi_1"))
    handle_provider_events()
    api.refund_payment(refund_id=uuid7(), order_id=order_id, amount=PRICE, reason="customer")
    return order_id


@pytest.mark.parametrize("page", ["payment", "refund", "providerevent"])
def test_each_list_and_row_is_shown_and_none_can_be_changed(staff, order, page):
    model = {"payment": Payment, "providerevent": ProviderEvent}.get(page)
    assert staff.get(f"/admin/payments/{page}/").status_code == 200
    assert staff.get(f"/admin/payments/{page}/?q=pi_1").status_code == 200
    assert staff.get(f"/admin/payments/{page}/add/").status_code == 403
    if model is not None:
        row = model.objects.get()
        assert staff.get(f"/admin/payments/{page}/{row.pk}/change/").status_code == 200
        assert staff.post(f"/admin/payments/{page}/{row.pk}/change/", {"status": "new"}).status_code == 403
        assert staff.post(f"/admin/payments/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_dead_event_is_handled_again(staff, order):
    ProviderEvent.objects.update(status="dead", attempts=12)
    jobs.woken.clear()
    form = {"action": "replay", "_selected_action": ["evt_1"]}
    assert staff.post("/admin/payments/providerevent/", form).status_code == 302
    assert jobs.woken == ["payments.handle_provider_events"]
    assert handle_provider_events() == 1
    assert ProviderEvent.objects.get().status == "handled"
