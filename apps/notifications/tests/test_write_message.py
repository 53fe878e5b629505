"""Facts become written messages: once per order, kind and channel, and nothing is sent."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template.loader import get_template

from apps.notifications.models import Message
from apps.notifications.rules import CHANNELS, Channel, Kind, topic_of
from apps.notifications.services.check_templates import check_templates
from apps.notifications.testing import facts
from apps.notifications.tests.events import (
    NOON,
    bank_transfer,
    cancelled,
    confirmed,
    declined,
    delivered,
    hear,
    labelled,
    of_return,
    refunded,
    shipped,
)
from apps.orders.contracts import CancelReason, ReturnAuthorised, ReturnReceived, ReturnRejected
from shop import jobs
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


def test_a_confirmed_order_is_written_to_its_buyer_and_not_sent_yet(post):
    jobs.woken.clear()
    order = uuid7()
    hear(confirmed(order))
    row = Message.objects.get()
    assert (row.recipient, row.status, row.order_id, post.taken) == ("ann@example.com", "pending", order, [])
    assert row.subject == "Your order SO-7K3M-9QX2 is confirmed"
    for part in (row.text, row.html):
        assert "Blue mug" in part
        assert "€39.98" in part
        assert "€44.93" in part
        assert "€7.17 tax" in part
    assert jobs.woken == ["notifications.send_due_messages"]


def test_an_event_that_comes_twice_is_one_message(post):
    order, event_id = uuid7(), uuid7()
    for _ in range(2):
        hear(confirmed(order), event_id)
    hear(confirmed(order))  # told again under another event id
    assert Message.objects.count() == 1


def test_each_kind_of_an_order_is_one_message():
    order = uuid7()
    for event in (confirmed(order), refunded(order), cancelled(order, refunded=True)):
        hear(event)
    assert sorted(Message.objects.values_list("kind", flat=True)) == [
        "order_cancelled",
        "order_confirmed",
        "order_refunded",
    ]


def test_each_refund_of_an_order_is_told_once():
    order, first, second = uuid7(), uuid7(), uuid7()
    for refund in (first, second, first):
        hear(refunded(order, refund))
    assert list(Message.objects.values_list("kind", "order_id")) == [("order_refunded", order)] * 2


def test_each_parcel_is_told_with_its_content_and_where_to_follow_it():
    order, first, second = uuid7(), uuid7(), uuid7()
    for event in (shipped(order, first, complete=False), shipped(order, first, complete=False), shipped(order, second)):
        hear(event)
    rows = list(Message.objects.order_by("created_at"))
    assert [row.subject for row in rows] == [
        "A part of your order SO-7K3M-9QX2 is on its way",
        "Your order SO-7K3M-9QX2 is on its way",
    ]
    for part in (rows[0].text, rows[0].html):
        assert "1 x" in part
        assert "Blue mug" in part
        assert "DHL 0034" in part
        assert "https://dhl.example/0034" in part


def test_each_time_a_parcel_is_labelled_anew_it_is_told_once_by_mail_and_sms(settings):
    settings.TWILIO = SimpleNamespace()
    order, first, second = uuid7(), uuid7(), uuid7()
    for event in (labelled(order, first), labelled(order, first), labelled(order, second, tracking="0036")):
        hear(event)
    mails = list(Message.objects.filter(channel="mail").order_by("created_at"))
    assert [row.kind for row in mails] == ["parcel_labelled"] * 2
    assert mails[0].subject == "Follow a parcel of your order SO-7K3M-9QX2"
    for part in (mails[1].text, mails[1].html):
        assert "DHL 0036" in part
        assert "https://dhl.example/0036" in part
    assert [row.text for row in Message.objects.filter(channel="sms").order_by("created_at")] == [
        f"Your order SO-7K3M-9QX2: a parcel goes by DHL {number} https://dhl.example/{number}"
        for number in ("0035", "0036")
    ]


def test_a_parcel_without_a_number_has_nothing_to_follow():
    hear(shipped(uuid7(), uuid7(), tracking=""))
    row = Message.objects.get()
    assert "Follow it" not in row.text + row.html


def test_the_last_parcel_that_arrives_ends_the_order():
    order = uuid7()
    hear(delivered(order, uuid7(), complete=False))
    hear(delivered(order, uuid7()))
    assert [row.subject for row in Message.objects.order_by("created_at")] == [
        "A parcel of your order SO-7K3M-9QX2 was delivered",
        "Your order SO-7K3M-9QX2 was delivered",
    ]


def test_who_pays_by_bank_is_told_once_where_to_send_the_money_and_until_when(post):
    order = uuid7()
    for _ in range(2):
        hear(bank_transfer(order))
    row = Message.objects.get()
    assert (row.subject, row.recipient) == ("How to pay your order SO-7K3M-9QX2", "ann@example.com")
    for part in (row.text, row.html):
        for words in ("Example Shop", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "€44.93", "1 January 2026"):
            assert words in part
    assert "Reference       SO-7K3M-9QX2" in row.text
    assert "[unsubscribe]" not in row.text  # without it nobody could pay


def test_an_account_without_bic_or_last_day_leaves_no_empty_lines():
    hear(bank_transfer(uuid7(), bic="", pay_before=None))
    row = Message.objects.get()
    assert not re.search(r"\bBIC\b", row.text + row.html)  # a link of it holds letters of chance
    assert "before" not in row.text + row.html


def test_each_declined_payment_is_told_once_with_what_can_be_done():
    order, first, second = uuid7(), uuid7(), uuid7()
    for failure in (first, second, first):
        hear(declined(order, failure))
    mails = Message.objects.filter(channel="mail")
    assert {row.subject for row in mails} == {"Your payment for order SO-7K3M-9QX2 did not work"}
    assert len(mails) == 2
    for part in (mails[0].text, mails[0].html):
        assert "there is not enough money" in part
        assert "12:00 UTC" in part


@pytest.mark.parametrize(
    ("event", "more", "subject", "said"),
    [
        (
            ReturnAuthorised,
            {"message": "Use the label.", "authorised_at": NOON},
            "You may return a part of your order SO-7K3M-9QX2",
            "Use the label.",
        ),
        (
            ReturnRejected,
            {"reason": "It was worn.", "rejected_at": NOON},
            "We cannot take back a part of your order SO-7K3M-9QX2",
            "It was worn.",
        ),
        (ReturnReceived, {"received_at": NOON}, "Your return of order SO-7K3M-9QX2 has arrived", "once the money"),
    ],
)
def test_each_move_of_a_return_is_told_once(event, more, subject, said):
    order, back = uuid7(), uuid7()
    for _ in range(2):
        hear(of_return(event, order, back, **more))
    hear(of_return(event, order, uuid7(), **more))
    mails = Message.objects.filter(channel="mail")
    assert [row.subject for row in mails] == [subject] * 2
    for part in (mails[0].text, mails[0].html):
        assert "1 x Blue mug" in part
        assert said in part


def test_names_cannot_break_out_of_the_page_or_the_header():
    hear(confirmed(uuid7(), name="<script>alert(1)</script>\r\nBcc: all@example.com"))
    row = Message.objects.get()
    assert "<script>" not in row.html
    assert "<script>" in row.text
    assert "\n" not in row.subject


def test_currencies_without_minor_units_are_shown_as_they_are():
    hear(confirmed(uuid7(), currency="JPY"))
    assert "¥4,493" in Message.objects.get().text


def test_tax_on_top_has_a_line_of_its_own():
    hear(confirmed(uuid7(), tax_included=False))
    row = Message.objects.get()
    assert "Tax       €7.17" in row.text
    assert "including" not in row.text


@pytest.mark.parametrize("reason", [*CancelReason, "a reason of a later version"])
def test_every_reason_of_a_cancellation_has_its_sentence(reason):
    hear(cancelled(uuid7(), reason=str(reason)))
    row = Message.objects.get()
    assert [bool(part.strip()) for part in row.text.split("\n\n")] == [True] * 5
    assert "{%" not in row.text + row.html
    assert "Nothing was charged." in row.text


def test_a_cancelled_order_that_was_paid_tells_of_the_money():
    hear(cancelled(uuid7(), refunded=True))
    assert "Your money is on its way back to you." in Message.objects.get().text


def test_a_refund_tells_the_amount():
    hear(refunded(uuid7()))
    row = Message.objects.get()
    assert "€44.93" in row.text
    assert "€44.93" in row.html


def test_nobody_to_write_to_is_no_failure():
    hear(confirmed(uuid7(), email=""))
    assert not Message.objects.exists()


def test_a_text_message_goes_with_the_mail_where_the_shop_can_send_one(settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), phone="+4915112345678"))
    rows = {row.channel: row for row in Message.objects.all()}
    assert sorted(rows) == ["mail", "sms"]
    assert rows["sms"].recipient == "+4915112345678"
    assert rows["sms"].text == "Your order SO-7K3M-9QX2 is confirmed: €44.93. Thank you!"


def test_a_phone_number_alone_sends_no_text_message(settings):
    settings.TWILIO = None
    hear(confirmed(uuid7(), phone="+4915112345678"))
    assert [row.channel for row in Message.objects.all()] == ["mail"]


def test_the_facts_tell_what_waits_and_what_was_written():
    order = uuid7()
    hear(confirmed(order))
    assert facts.pending() == {"messages": 1, "dead": 0}
    assert facts.facts()["messages"] == [
        {
            "order_id": str(order),
            "kind": "order_confirmed",
            "channel": "mail",
            "recipient": "ann@example.com",
            "status": "pending",
        }
    ]


def test_a_template_of_the_shops_own_takes_the_place_of_ours(settings, tmp_path):
    (tmp_path / "notifications").mkdir()
    (tmp_path / "notifications" / "order_confirmed.subject.txt").write_text("Hurrah, {{ number }}!")
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]
    hear(confirmed(uuid7()))
    row = Message.objects.get()
    assert row.subject == "Hurrah, SO-7K3M-9QX2!"
    assert "Blue mug" in row.text


@pytest.mark.parametrize("wrong", [b"{% if %}", b"{{ number|nothing }}", b"\xff"])
def test_a_template_of_the_shops_own_that_cannot_be_read_stops_the_start(settings, tmp_path, wrong):
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}]
    (tmp_path / "notifications" / "de").mkdir(parents=True)
    (tmp_path / "notifications" / "de" / "order_confirmed.html").write_text("Danke, {{ number }}!")
    check_templates(tmp_path)
    (tmp_path / "notifications" / "de" / "order_confirmed.txt").write_bytes(wrong)
    with pytest.raises(ImproperlyConfigured, match=r"^TEMPLATES_DIR: notifications/de/order_confirmed\.txt is no"):
        check_templates(tmp_path)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_texts_for_each_of_its_channels(kind):
    channels = CHANNELS[topic_of(kind)]
    forms = ["subject.txt", "txt", "html"] + ["sms.txt"] * (Channel.SMS in channels)
    for form in forms:
        assert get_template(f"notifications/{kind}.{form}").render({}).strip()
