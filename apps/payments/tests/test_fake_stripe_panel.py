"""The control panel of the fake Stripe: each button that it shows does what it says, by click."""

from __future__ import annotations

import re

import pytest

from .fake_stripe import client, fake
from .test_fake_stripe import ask, opened
from .test_fake_stripe_capture import authorized

__all__ = ["client", "fake"]

PAGE = {"Accept": "text/html"}
FORM = re.compile(r'<form method="post" action="([^"]+)">(.*?)<button class="[^"]*">([^<]+)</button></form>')
HIDDEN = re.compile(r'name="([^"]+)" value="([^"]*)"')


def click(fake, label, of=""):
    """Press the first button with this label (of this object), as a browser would; answers the page that follows."""
    for action, hidden, shown in FORM.findall(panel(fake)):
        if shown.startswith(label) and of in action:
            query = "&".join(f"{name}={value}" for name, value in HIDDEN.findall(hidden))
            status, headers, _ = ask(fake, "POST", f"{action}?{query}", headers=PAGE)
            assert (status, headers["Location"]) == (303, "/"), action
            return panel(fake)
    raise AssertionError(f"no button {label!r} of {of!r}")


def panel(fake):
    return ask(fake, "GET", "/", headers=PAGE)[2].decode()


def test_a_dispute_is_opened_and_decided_by_click(client, fake):
    won, lost = opened(client), opened(client)
    for intent, end in ((won, "The shop wins"), (lost, "The shop loses")):
        click(fake, "Pay", intent.id)
        click(fake, "Dispute", intent.id)
        click(fake, end)
    ends = {dispute.payment_intent: dispute.status for dispute in client.v1.disputes.list().data}
    assert ends == {won.id: "won", lost.id: "lost"}


@pytest.mark.parametrize(
    ("label", "status"), [("Capture", "succeeded"), ("Void", "canceled"), ("Let lapse", "canceled")]
)
def test_what_was_set_aside_is_taken_let_go_or_lapses_by_click(client, fake, label, status):
    intent = authorized(client, fake)
    click(fake, label, intent.id)
    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_card_is_saved_after_3_d_secure_by_click(client, fake):
    setup = client.v1.setup_intents.create({"payment_method_types": ["card"]})
    click(fake, "Ask 3-D Secure", setup.id)
    assert client.v1.setup_intents.retrieve(setup.id).status == "requires_action"
    click(fake, "Succeed", setup.id)
    assert client.v1.setup_intents.retrieve(setup.id).status == "succeeded"


def test_a_refund_comes_back_by_click(client, fake):
    intent = opened(client)
    click(fake, "Pay", intent.id)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    click(fake, "Come back", refund.id)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"


def test_trouble_is_switched_on_and_off_by_click(client, fake):
    trouble = fake.dispatcher.trouble
    for label in ("Lose the next", "Double the next", "Sign the next badly", "Out of order", "5 s late"):
        click(fake, label)
    assert (trouble.drop, trouble.duplicate, trouble.bad_signature, trouble.shuffle, trouble.delay) == (
        1,
        1,
        1,
        True,
        5,
    )
    click(fake, "In order")
    click(fake, "At once")
    assert (trouble.shuffle, trouble.delay) == (False, 0)
    for label in ("Answer the next call 500", "Drop it after its effect", "Delay it", "429"):
        click(fake, label)
    assert [fault["kind"] for fault in fake.gateway.faults.listed()] == ["error", "drop", "delay", "rate_limit"]
    click(fake, "No trouble")
    assert fake.gateway.faults.listed() == []
    trouble.drop = trouble.duplicate = trouble.bad_signature = 0
