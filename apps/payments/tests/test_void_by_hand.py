"""Finance lets go of authorized money: once, by HTTP or in the admin, written down with why, never beside a capture."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.payments import api
from apps.payments.contracts import PaymentAuthorized, PaymentCaptured, PaymentStatus, PaymentVoided, VoidRefused
from apps.payments.models import FinanceOperation, LedgerEntry, Payment
from apps.payments.services import capture_payment as capturing
from apps.payments.services import void_by_hand as voiding
from apps.payments.tasks import recheck_open_payments
from apps.payments.tests.test_admin_finance import PAYMENTS, deed
from apps.payments.tests.test_capture_payment import capture, refused, row
from apps.payments.tests.test_http_captures import euro
from apps.payments.tests.test_http_staff import READER, get, post
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


def silent(call):
    """The provider does not answer."""
    if call == "cancel":
        raise Unavailable("no answer")


def why_not(answer):
    return answer.status_code, answer.json()["code"], answer.json()["params"]["reason"]


def let_go(order_id, operation_id):
    return voiding.void_by_hand(operation_id=operation_id, order_id=order_id, note="", actor="staff:1")


def test_all_is_let_go_once_and_the_repeat_is_the_same_answer(memory, set_aside):
    first, again = (post(f"/payments/{set_aside}/voids", {"note": "Pays by bank."}) for _ in range(2))
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json() == {"order_id": str(set_aside), "amount": euro(1999), "status": "canceled"}
    assert (memory.calls.count("cancel"), told()) == (1, [PaymentAuthorized.name, PaymentVoided.name])
    (operation,) = get(f"/payments/{set_aside}").json()["operations"]
    assert (operation["kind"], operation["amount"], operation["note"]) == ("voided", euro(1999), "Pays by bank.")
    assert not LedgerEntry.objects.exists()


def test_what_is_let_go_is_neither_captured_nor_let_go_again(memory, set_aside):
    post(f"/payments/{set_aside}/voids")
    assert why_not(post(f"/payments/{set_aside}/voids", key="k2")) == (409, "payments.void_refused", "already_voided")
    assert refused(set_aside)["reason"] == "voided"
    assert (FinanceOperation.objects.count(), memory.calls.count("cancel")) == (1, 1)


def test_what_was_captured_is_not_let_go(memory, set_aside):
    capture(set_aside)
    assert why_not(post(f"/payments/{set_aside}/voids")) == (409, "payments.void_refused", "already_captured")
    assert (FinanceOperation.objects.count(), "cancel" in memory.calls) == (0, False)


def test_who_may_only_look_and_what_is_not_there(memory, set_aside):
    assert post(f"/payments/{set_aside}/voids", scopes=READER).status_code == 403
    assert post(f"/payments/{set_aside}/voids", key=None).json()["code"] == "idempotency.key_required"
    assert (
        post(f"/payments/{set_aside}/voids", {"amount": euro(1)}, key="k2").json()["errors"][0]["pointer"] == "/amount"
    )
    assert post(f"/payments/{uuid7()}/voids", key="k3").json()["code"] == "payments.not_found"
    open_it(other := uuid7())
    assert why_not(post(f"/payments/{other}/voids", key="k4"))[2] == "not_authorized"
    assert (FinanceOperation.objects.count(), "cancel" in memory.calls) == (0, False)


def test_a_provider_that_does_not_answer_is_asked_again_and_nobody_captures_meanwhile(memory, set_aside):
    memory.trouble = silent
    answer = post(f"/payments/{set_aside}/voids")
    assert (answer.status_code, answer.json()["status"]) == (202, "authorized")
    assert refused(set_aside)["reason"] == "voided"
    assert api.get_payment(order_id=set_aside).letting_go is True
    memory.trouble = lambda _: None
    with clock.shifted(timedelta(hours=1)):
        assert recheck_open_payments() == 1
    assert api.get_payment(order_id=set_aside).letting_go is False
    assert (row(set_aside).status, told()[-1], "capture" in memory.calls) == ("canceled", PaymentVoided.name, False)


@pytest.mark.parametrize("rival", ["capture", "void"])
def test_a_void_that_read_before_a_rival_claimed_is_refused(memory, set_aside, monkeypatch, rival):
    claim, rivals = voiding._claim, []

    def slow(*mine):
        if not rivals:
            rivals.append(rival)
            memory.trouble = lambda call: silent("cancel" if call in {"capture", "cancel"} else "")
            capture(set_aside) if rival == "capture" else let_go(set_aside, uuid7())
        return claim(*mine)

    monkeypatch.setattr(voiding, "_claim", slow)
    with pytest.raises(VoidRefused) as no:
        let_go(set_aside, uuid7())
    assert no.value.params["reason"] == {"capture": "already_captured", "void": "already_voided"}[rival]
    assert FinanceOperation.objects.count() == (rival == "void")


def test_a_capture_that_read_before_a_void_claimed_is_refused(memory, set_aside, monkeypatch):
    claim = capturing._claim

    def slow(*mine):
        memory.trouble = silent
        let_go(set_aside, uuid7())
        return claim(*mine)

    monkeypatch.setattr(capturing, "_claim", slow)
    assert refused(set_aside)["reason"] == "voided"
    assert (row(set_aside).capture_id, "capture" in memory.calls) == (None, False)


def test_clerks_who_capture_and_let_go_at_once_do_one_of_both(memory, set_aside):
    ends = at_once(lambda: capture(set_aside), lambda: let_go(set_aside, uuid7()), lambda: let_go(set_aside, uuid7()))
    assert sum(not isinstance(end, Exception) for end in ends) == 1, ends
    assert memory.calls.count("capture") + memory.calls.count("cancel") == 1


@pytest.mark.parametrize("point", ["payments.void.row", "payments.cancel.sent"])
def test_a_crash_is_made_good_by_the_repeat(set_aside, crash_at, point):
    operation = uuid7()
    with pytest.raises(crash_at(point)):
        let_go(set_aside, operation)
    assert let_go(set_aside, operation).status == "canceled"
    assert (FinanceOperation.objects.count(), told().count(PaymentVoided.name)) == (1, 1)


def test_captured_at_the_provider_by_hand_is_learnt_and_refused(memory, set_aside):
    memory.trouble = lambda call: (
        call == "cancel" and memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=PRICE)
    )
    with pytest.raises(VoidRefused) as no:
        let_go(set_aside, uuid7())
    assert (no.value.params["reason"], row(set_aside).amount_received_minor) == ("already_captured", 1999)
    wrong, right = get(f"/payments/{set_aside}").json()["operations"]
    assert (wrong["kind"], right["kind"], right["actor"]) == ("voided", "corrected", "provider")
    assert (right["note"], right["amount"]) == ("Nothing was let go: 19.99 EUR had been captured.", euro(1999))
    assert told() == [PaymentAuthorized.name, PaymentCaptured.name]
    with pytest.raises(VoidRefused):
        let_go(set_aside, wrong["id"])
    assert FinanceOperation.objects.count() == 2


def test_a_void_whose_answer_comes_late_is_corrected_by_the_sweep(memory, set_aside):
    memory.trouble = silent
    let_go(set_aside, uuid7())
    memory.trouble = lambda _: None
    memory.set("pi_1", status=PaymentStatus.SUCCEEDED, received=PRICE)
    with clock.shifted(timedelta(hours=1)):
        assert recheck_open_payments() == 1
    assert list(FinanceOperation.objects.order_by("at").values_list("kind", flat=True)) == ["voided", "corrected"]


def test_the_button_on_the_payments_page_lets_go_once(staff, set_aside):
    page = f"{PAYMENTS}{set_aside}/change/"
    assert "Void: let go of what is left" in staff.get(page).text
    once = {"operation": str(uuid7()), "from_page": page, "note": "Pays by bank."}
    for _ in range(2):
        assert "19.99 EUR were let go." in deed(staff, PAYMENTS, "void", set_aside, **once).text
    assert (Payment.objects.get().status, FinanceOperation.objects.get().note) == ("canceled", "Pays by bank.")
    shown = staff.get(page).text
    assert ("Void: let go of what is left" in shown, "Pays by bank." in shown) == (False, True)
