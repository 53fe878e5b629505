"""Finance takes authorized money over HTTP: all or a part, once, and it is written down who did it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.payments.contracts import CaptureRefused, PaymentStatus
from apps.payments.models import FinanceOperation, Payment
from apps.payments.providers import Refused
from apps.payments.services.capture_early import capture_early
from apps.payments.tasks import recheck_open_payments
from apps.payments.tests.test_capture_payment import silent
from apps.payments.tests.test_http_staff import READER, get, post
from apps.payments.tests.test_open_payment import open_it
from shop import clock
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


def euro(amount):
    return {"amount": amount, "currency": "EUR"}


def test_all_is_captured_once_and_the_repeat_is_the_same_answer(memory, set_aside):
    first, again = (post(f"/payments/{set_aside}/captures") for _ in range(2))
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert (first.json()["amount"], first.json()["status"]) == (euro(1999), "succeeded")
    got = get(f"/payments/{set_aside}").json()
    assert (got["status"], got["authorized"], got["received"]) == ("succeeded", euro(1999), euro(1999))
    assert (got["authorized_at"] is not None, memory.calls.count("capture")) == (True, 1)
    (operation,) = got["operations"]
    assert (operation["kind"], operation["amount"], operation["actor"][:6]) == ("captured", euro(1999), "staff:")


def test_a_part_is_captured_and_the_rest_cannot_be(set_aside):
    assert post(f"/payments/{set_aside}/captures", {"amount": euro(500)}).json()["amount"] == euro(500)
    second = post(f"/payments/{set_aside}/captures", key="k2")
    assert (second.status_code, second.json()["code"], second.json()["params"]["reason"]) == (
        409,
        "payments.capture_refused",
        "already_captured",
    )
    assert FinanceOperation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"amount": euro(2000)}, 409, "more_than_authorized"),
        ({"amount": {"amount": 100, "currency": "USD"}}, 409, "wrong_amount"),
        ({"amount": euro(0)}, 422, "/amount"),
        ({"amount": 100}, 422, "/amount"),
        ({"all": True}, 422, "/all"),
    ],
)
def test_what_cannot_be_captured_is_refused_and_nothing_is_claimed(set_aside, body, status, where):
    answer = post(f"/payments/{set_aside}/captures", body)
    assert answer.status_code == status
    assert where in str(answer.json())
    assert (Payment.objects.get().capture_id, FinanceOperation.objects.count()) == (None, 0)


def test_a_provider_that_does_not_answer_is_waited_for_elsewhere(memory, set_aside):
    memory.trouble = silent
    answer = post(f"/payments/{set_aside}/captures")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")


def test_a_capture_that_the_provider_refuses_is_corrected_in_the_log_and_never_repeated(memory, set_aside):
    def never(call):
        if call == "capture":
            raise Refused("charge_expired", "too late")

    memory.trouble = never
    operation = uuid7()

    def take():
        with pytest.raises(CaptureRefused) as no:
            capture_early(operation_id=operation, order_id=set_aside, amount=None, actor="staff:1")
        return no.value.params["reason"]

    assert (take(), take()) == ("charge_expired", "refused_before")
    deeds = get(f"/payments/{set_aside}").json()["operations"]
    assert [(deed["kind"], deed["note"]) for deed in deeds] == [
        ("captured", ""),
        ("corrected", "Nothing was captured: too late"),
    ]
    memory.trouble = lambda _: None
    assert post(f"/payments/{set_aside}/captures").status_code == 201


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (PaymentStatus.SUCCEEDED, "10.00 EUR were captured, not what was asked for."),
        (PaymentStatus.CANCELED, "Nothing was captured: what was set aside had been let go."),
    ],
)
def test_a_capture_that_came_otherwise_is_corrected_in_the_log(memory, set_aside, status, note):
    memory.trouble = silent
    post(f"/payments/{set_aside}/captures")
    memory.trouble = lambda _: None
    memory.set("pi_1", status=status, received=Money(1000, "EUR"))
    with clock.shifted(timedelta(hours=1)):
        assert recheck_open_payments() == 1
    assert [(deed.kind, deed.note) for deed in FinanceOperation.objects.order_by("at")] == [
        ("captured", ""),
        ("corrected", note),
    ]


def test_who_may_only_look_and_what_is_not_there(memory, set_aside):
    assert post(f"/payments/{set_aside}/captures", scopes=READER).status_code == 403
    assert post(f"/payments/{set_aside}/captures", key=None).json()["code"] == "idempotency.key_required"
    assert post(f"/payments/{uuid7()}/captures", key="k3").status_code == 404
    open_it(other := uuid7())
    assert post(f"/payments/{other}/captures", key="k2").json()["params"]["reason"] == "not_authorized"
    assert "capture" not in memory.calls
