"""Staff read what was sent, and have it sent again if they may."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.notifications.models import Message
from apps.notifications.tests.events import confirmed, hear
from shop import jobs
from shop.ids import uuid7
from shop.testing.counting import queries_of

pytestmark = pytest.mark.usefixtures("database")
LIST = "/admin/notifications/message/"


@pytest.fixture
def staff():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "x"))
    return client


def send_again(client, message) -> None:
    client.post(LIST, {"action": "send_again", "_selected_action": [str(message.pk)]})


def test_a_message_is_listed_in_words_and_leads_to_its_order(staff):
    order_id = uuid7()
    hear(confirmed(order_id))
    message = Message.objects.get()
    listed = staff.get(f"{LIST}?q={message.order_number}").content.decode()
    shown = staff.get(f"{LIST}{message.pk}/change/").content.decode()

    assert "Order confirmed" in listed
    for page in (listed, shown):
        assert f'href="/admin/orders/order/{order_id}/change/"' in page
    assert "<pre>" in shown


def test_a_dead_message_is_sent_again_by_who_may(staff):
    hear(confirmed(uuid7()))
    Message.objects.update(status="dead", attempts=8)
    message = Message.objects.get()
    looker = get_user_model().objects.create_user("looker@example.com", "x", is_staff=True)
    looker.grants.create(role="finance", granted_by="test")
    client = Client()
    client.force_login(looker)

    send_again(client, message)
    assert Message.objects.get().status == "dead"

    jobs.woken.clear()
    send_again(staff, message)
    again = Message.objects.get()
    assert (again.status, again.attempts) == ("pending", 0)
    assert jobs.woken == ["notifications.send_due_messages"]


def test_the_list_costs_the_same_queries_for_many_rows_and_reads_no_texts(staff):
    costs = []
    for more in (1, 9):
        for _ in range(more):
            hear(confirmed(uuid7()))
        with queries_of("notifications") as queries:
            answer = staff.get(LIST)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert all({"text", "html"} <= row.get_deferred_fields() for row in answer.context["cl"].result_list)
