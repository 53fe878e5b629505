"""Buyers of the fake Stripe take money back through their bank, and the shop wins or loses."""

from __future__ import annotations

import pytest
import stripe

from .fake_stripe import client, control, fake, latest, news

__all__ = ["client", "fake"]


def paid(client, fake, method="pm_card_visa"):
    intent = client.v1.payment_intents.create({"amount": 1999, "currency": "eur"})
    control(fake, f"payment_intents/{intent.id}/pay", payment_method=method)
    return intent


@pytest.mark.parametrize(
    ("result", "status", "end"),
    [
        ("win", "won", ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        ("lose", "lost", ["charge.dispute.closed"]),
    ],
)
def test_a_dispute_is_opened_and_ends(client, fake, result, status, end):
    since = latest(client)
    intent = paid(client, fake)
    control(fake, f"payment_intents/{intent.id}/dispute", reason="product_not_received", amount=500)
    [dispute] = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 500, "product_not_received")
    assert client.v1.charges.retrieve(dispute.charge).disputed is True
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_disputed"
    control(fake, f"disputes/{dispute.id}/close", result=result)
    assert client.v1.disputes.retrieve(dispute.id).status == status
    opened = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert news(client, since, "charge.dispute") == opened + end
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.disputes.close(dispute.id)
    assert caught.value.code == "dispute_already_closed"


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_evidence_decides(client, fake, evidence, status):
    intent = paid(client, fake, "pm_card_createDispute")
    [dispute] = client.v1.disputes.list({"payment_intent": intent.id}).data
    draft = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}, "submit": False})
    assert (draft.status, draft.evidence_details.submission_count) == ("needs_response", 0)
    done = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    assert (done.status, done.evidence_details.submission_count) == (status, 1)


def test_a_refund_on_its_way_arrives_or_comes_back(client, fake):
    first, second = (paid(client, fake, "pm_card_pendingRefund") for _ in range(2))
    refunds = [client.v1.refunds.create({"payment_intent": one.id}) for one in (first, second)]
    assert [one.status for one in refunds] == ["pending", "pending"]
    control(fake, f"refunds/{refunds[0].id}/settle")
    control(fake, f"refunds/{refunds[1].id}/fail")
    assert [client.v1.refunds.retrieve(one.id).status for one in refunds] == ["succeeded", "failed"]
