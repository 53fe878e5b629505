"""Staff read what was sent, and have it sent again if they may."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.notifications.models import Message, Suppression
from apps.notifications.rules import Channel, SuppressionReason
from apps.notifications.services.suppress_address import suppress_address
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear
from shop import jobs
from shop.db import transact
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
    assert (again.status, again.round, again.last_attempt) == ("pending", 1, 16)
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


def test_a_suppressed_address_is_listed_and_released(staff):
    transact(
        "notifications",
        lambda: suppress_address(Channel.MAIL, "ann@example.com", SuppressionReason.BOUNCE, detail="550"),
    )
    page = "/admin/notifications/suppression/"
    assert "ann@example.com" in staff.get(f"{page}?q=ann@example.com").content.decode()
    row = Suppression.objects.get()
    staff.post(page, {"action": "release", "_selected_action": [str(row.pk)]})
    row.refresh_from_db()
    assert (row.active, row.released_by.partition(":")[0]) == (False, "staff")


def test_each_try_is_shown_beside_its_message(staff):
    hear(confirmed(uuid7()))
    send_due_messages()
    message = Message.objects.get()
    shown = staff.get(f"{LIST}{message.pk}/change/").content.decode()
    assert "accepted" in shown


def press(client, message, **said):
    """The button on the message's own page, as it was loaded."""
    form = {"action": "send_again", "_selected_action": [str(message.pk)], "round": message.round, "from_page": "1"}
    answer = client.post(LIST, form | said, follow=True)
    assert answer.redirect_chain == [(f"{LIST}{message.pk}/change/", 302)]
    return answer.text


def test_the_button_of_a_page_sends_once_however_often_it_is_clicked(staff):
    hear(confirmed(uuid7()))
    Message.objects.update(status="dead", attempts=8)
    message = Message.objects.get()
    assert ">Send again</button>" in staff.get(f"{LIST}{message.pk}/change/").text

    assert "1 message will be sent again." in press(staff, message)
    Message.objects.update(status="sent")  # a quick worker
    assert "It was sent again since this page was loaded" in press(staff, message)
    assert Message.objects.get().round == message.round + 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "pending"}, "It is about to be sent already."),
        ({"status": "sent", "recipient": ""}, "Whom it went to is erased."),
    ],
)
def test_a_page_tells_why_its_message_is_not_sent_again(staff, change, told):
    hear(confirmed(uuid7()))
    Message.objects.update(**change)
    shown = staff.get(f"{LIST}{Message.objects.get().pk}/change/").text
    assert told in shown
    assert ">Send again</button>" not in shown


def test_an_address_is_released_by_the_button_of_its_page_which_is_gone_then(staff):
    transact("notifications", lambda: suppress_address(Channel.MAIL, "ann@example.com", SuppressionReason.OPTED_OUT))
    row, page = Suppression.objects.get(), "/admin/notifications/suppression/"
    assert "opted out</a>" in staff.get(page).text
    assert "Write to this address again" in staff.get(f"{page}{row.pk}/change/").text

    form = {"action": "release", "_selected_action": [str(row.pk)], "from_page": "1"}
    answer = staff.post(page, form, follow=True)
    assert answer.redirect_chain == [(f"{page}{row.pk}/change/", 302)]
    assert "These addresses are written to again." in answer.text
    assert "Write to this address again" not in answer.text
