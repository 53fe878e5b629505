"""Text messages through Twilio's real SDK against the fake Twilio."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from apps.notifications.fakes.twilio.server import FakeTwilio
from apps.notifications.models import Message
from apps.notifications.providers import NotSent, Outgoing, Undeliverable, carrier, using_carrier
from apps.notifications.providers.sms_twilio import TwilioCarrier
from apps.notifications.rules import Channel
from apps.notifications.services.note_delivery import note_delivery
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear, refunded
from shop import clock
from shop.ids import uuid7

ACCOUNT = "AC" + "0" * 32


pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def twilio():
    with FakeTwilio(account=ACCOUNT, token="token") as running:
        yield running


@pytest.fixture
def sms(twilio):
    carrier = _carrier(twilio.url)
    yield carrier
    carrier._client.http_client.session.close()


def _carrier(url, token="token", account=ACCOUNT):
    keys = SimpleNamespace(account_sid=account, auth_token=token, sender="+15550100", api_base=url)
    return TwilioCarrier(keys)


def message(*, to="+4915112345678", text="Your order SO-1 is confirmed.", at=None):
    return Outgoing(uuid7(), to, "", text, "", at or clock.now())


def sent(twilio):
    return [(row["to"], row["from"], row["body"]) for row in twilio.messages.newest()]


def test_a_text_message_is_handed_over(twilio, sms):
    assert sms.send(message())[:2] == "SM"
    assert sent(twilio) == [("+4915112345678", "+15550100", "Your order SO-1 is confirmed.")]


def test_the_address_for_news_names_the_message_and_the_try(twilio, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    keys = SimpleNamespace(account_sid=ACCOUNT, auth_token="token", sender="+15550100", api_base=twilio.url)
    sms = TwilioCarrier(keys, "http://127.0.0.1:9")
    twilio.api.trouble.fail = 1
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
        Message.objects.update(due=clock.now())
        send_due_messages()
    sms._client.http_client.session.close()
    [row] = twilio.messages.newest()
    assert row["callback"] == f"http://127.0.0.1:9/api/v1/webhooks/twilio?message={Message.objects.get().pk}&attempt=2"


def test_after_an_unknown_outcome_twilio_is_asked_before_sending_again(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    twilio.api.trouble.lose_answer = 1
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
        assert Message.objects.get().status == "pending"
        Message.objects.update(due=clock.now())
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.attempts) == ("sent", 2)
    assert row.provider_reference == twilio.messages.newest()[0]["sid"]
    assert len(sent(twilio)) == 1


def test_a_text_whose_news_come_while_twilio_is_asked_for_it_is_not_sent_again(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    twilio.api.trouble.lose_answer = 1

    class Overtaken(TwilioCarrier):
        def find(self, message):
            for reference in super().find(message):
                note_delivery(reference, "delivered", message_id=message.id)
                yield reference

    with using_carrier(Channel.SMS, sms):
        send_due_messages()
        Message.objects.update(due=clock.now())
        sms.__class__ = Overtaken
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.attempts) == ("delivered", 2)
    assert row.provider_reference == twilio.messages.newest()[0]["sid"]
    assert len(sent(twilio)) == 1


class Lagging(TwilioCarrier):
    """Twilio's list has a text not yet whose news is here; each takes the newest text of its fake."""

    fake: FakeTwilio

    def find(self, message):
        note_delivery(self.fake.messages.newest()[0]["sid"], "delivered", message_id=message.id)
        return iter(())


class Faster(TwilioCarrier):
    """News of a text is here before the answer to its sending, which is lost."""

    fake: FakeTwilio

    def send(self, message):
        super().send(message)
        note_delivery(self.fake.messages.newest()[0]["sid"], "delivered", message_id=message.id)
        raise NotSent("Twilio did not answer.")


def test_a_text_that_the_list_lacks_but_its_news_named_meanwhile_is_not_sent_again(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    twilio.api.trouble.lose_answer = 1
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
        Message.objects.update(due=clock.now())
        sms.__class__, sms.fake = Lagging, twilio
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.attempts, len(sent(twilio))) == ("delivered", 2, 1)


def test_the_last_try_whose_answer_is_lost_but_whose_news_came_is_delivered_and_not_dead(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    Message.objects.update(last_attempt=1)
    sms.__class__, sms.fake = Faster, twilio
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.last_error, len(sent(twilio))) == ("delivered", "", 1)
    assert row.provider_reference == twilio.messages.newest()[0]["sid"]


def test_news_of_a_dead_text_that_went_out_all_the_same_make_it_delivered(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    Message.objects.update(last_attempt=1)
    twilio.api.trouble.lose_answer = 1
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
    dead = Message.objects.get()
    assert dead.status == "dead"
    note_delivery(twilio.messages.newest()[0]["sid"], "delivered", message_id=dead.pk)
    assert (Message.objects.get().status, Message.objects.get().last_error) == ("delivered", "")


def test_the_same_words_of_another_message_are_not_taken_for_this_one(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    order = uuid7()
    hear(refunded(order, email="", phone="+4915112345678"))
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
        hear(refunded(order, email="", phone="+4915112345678"))
        twilio.api.trouble.fail = 1
        send_due_messages()
        Message.objects.update(due=clock.now())
        send_due_messages()
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
    assert len(set(Message.objects.values_list("provider_reference", flat=True))) == 2
    assert len(sent(twilio)) == 2


def test_what_is_older_or_in_other_words_is_not_found(twilio, sms):
    sid = sms.send(message())
    assert list(sms.find(message())) == [sid]
    assert list(sms.find(message(text="Another"))) == []
    assert list(sms.find(message(at=clock.now() + timedelta(hours=1)))) == []


def test_a_number_that_is_none_is_not_tried_again(sms):
    with pytest.raises(Undeliverable, match="21211"):
        sms.send(message(to="+15005550001"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_twilio_is_asked_again(twilio, sms, status):
    twilio.api.trouble.fail, twilio.api.trouble.status = 1, status
    with pytest.raises(NotSent):
        sms.send(message())
    assert sms.send(message())
    assert len(sent(twilio)) == 1


def test_twilio_is_asked_no_sooner_than_it_said(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), email="", phone="+4915112345678"))
    twilio.api.trouble.fail, twilio.api.trouble.status, twilio.api.trouble.seconds = 1, 429, 90
    with using_carrier(Channel.SMS, sms):
        send_due_messages()
        row = Message.objects.get()
        assert (row.status, row.last_error) == ("pending", "Twilio answered 429 and wants 90 s of rest.")
        assert 85 < (row.due - clock.now()).total_seconds() <= 90
        with clock.shifted(timedelta(seconds=95)):
            send_due_messages()
    assert Message.objects.get().status == "sent"


@pytest.mark.parametrize("wrong", [{"token": "wrong"}, {"account": "ACwrong"}])
def test_wrong_keys_are_our_fault_and_the_message_waits(twilio, caplog, wrong):
    with pytest.raises(NotSent):
        _carrier(twilio.url, **wrong).send(message())
    assert "TWILIO_KEYS" in caplog.text


def test_a_twilio_that_is_down_is_asked_again():
    with pytest.raises(NotSent):
        _carrier("http://127.0.0.1:9").send(message())


@pytest.mark.usefixtures("database")
def test_a_confirmed_order_with_a_phone_number_is_told_by_both(twilio, sms, settings):
    settings.TWILIO = SimpleNamespace()
    hear(confirmed(uuid7(), phone="+4915112345678"))
    with using_carrier(Channel.SMS, sms):
        assert send_due_messages() == 2
    assert set(Message.objects.values_list("channel", "status")) == {("mail", "sent"), ("sms", "sent")}
    assert sent(twilio)[0][2] == "Your order SO-7K3M-9QX2 is confirmed: €44.93. Thank you!"


def test_without_keys_there_is_no_carrier_for_text_messages(settings):
    settings.TWILIO = None
    with pytest.raises(Undeliverable, match="TWILIO_KEYS"):
        carrier(Channel.SMS)
