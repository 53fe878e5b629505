"""Opening: one payment and one intent per order, whatever happens in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.payments import api
from apps.payments.contracts import PaymentRefused, PaymentStatus, PaymentSucceeded
from apps.payments.models import Payment
from apps.payments.providers import NewIntent
from shop import clock
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.models import OutboxRow
from shop.money import Money
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
PRICE = Money(1999, "EUR")


def open_it(order_id, amount=PRICE):
    return api.open_payment(order_id=order_id, order_number="SO-1", amount=amount, email="a@example.com")


def told() -> list[str]:
    return list(OutboxRow.objects.using("payments").values_list("name", flat=True))


def test_opening_makes_one_intent_and_answers_its_secret(memory):
    order = uuid7()
    sheet = open_it(order)
    assert (sheet.client_secret, sheet.status, sheet.amount) == ("pi_1_secret", PaymentStatus.OPEN, PRICE)
    row = Payment.objects.get(pk=order)
    assert (row.provider_reference, row.status, row.amount_minor) == ("pi_1", "open", 1999)
    assert list(memory.saved) == [f"pi-{order}"]


def test_the_secret_is_never_stored(memory):
    order = uuid7()
    open_it(order)
    assert "secret" not in str(Payment.objects.filter(pk=order).values().get())


def test_opening_twice_answers_the_same_intent(memory):
    order = uuid7()
    assert open_it(order) == open_it(order)
    assert list(memory.intents) == ["pi_1"]


def test_another_amount_for_the_same_order_is_refused(memory):
    order = uuid7()
    open_it(order)
    with pytest.raises(PaymentRefused) as refused:
        open_it(order, Money(2999, "EUR"))
    assert refused.value.params == {"reason": "other_amount"}


def test_too_little_is_refused_and_leaves_nothing(memory):
    order = uuid7()
    with pytest.raises(PaymentRefused) as refused:
        open_it(order, Money(49, "EUR"))
    assert refused.value.params == {"reason": "amount_too_small"}
    assert memory.calls == []
    assert not Payment.objects.exists()


def test_nothing_to_pay_succeeds_at_once_without_the_provider(memory):
    order = uuid7()
    sheet = open_it(order, Money(0, "EUR"))
    assert (sheet.status, sheet.client_secret, memory.calls) == (PaymentStatus.SUCCEEDED, "", [])
    assert open_it(order, Money(0, "EUR")) == sheet
    assert told() == [PaymentSucceeded.name]


def test_a_cancel_that_came_first_forbids_opening(memory):
    order = uuid7()
    assert api.cancel_payment(order_id=order).status is PaymentStatus.CANCELED
    assert open_it(order).status is PaymentStatus.CANCELED
    assert memory.intents == {}


def test_what_the_provider_refuses_is_refused_again_without_asking(memory):
    from apps.payments.providers import Refused

    def refuse(call):
        raise Refused("currency_not_enabled", "No.")

    memory.trouble = refuse
    order = uuid7()
    for _ in range(2):
        with pytest.raises(PaymentRefused) as refused:
            open_it(order)
        assert refused.value.params == {"reason": "currency_not_enabled"}
    assert (memory.calls, Payment.objects.get(pk=order).status) == (["open"], "canceled")


@pytest.mark.parametrize("point", ["payments.open.row", "payments.open.intent_created", "payments.open.stored"])
def test_a_crash_while_opening_is_made_good_by_the_repeat(memory, crash_at, point):
    order = uuid7()
    with pytest.raises(crash_at(point)):
        open_it(order)
    assert open_it(order).client_secret == "pi_1_secret"
    assert list(memory.intents) == ["pi_1"]


def test_an_answer_that_was_lost_is_found_under_the_same_key(memory):
    lost = iter([True])

    def lose(call):
        if call == "open.after" and next(lost, False):
            raise Unavailable("reset")

    memory.trouble = lose
    order = uuid7()
    with pytest.raises(Unavailable):
        open_it(order)
    assert open_it(order).client_secret == "pi_1_secret"
    assert list(memory.intents) == ["pi_1"]


def test_a_saved_failure_is_left_behind_only_after_looking(memory):
    order = uuid7()
    memory.spoil(f"pi-{order}")
    assert open_it(order).client_secret == "pi_1_secret"
    assert memory.calls[:3] == ["open", "find", "open"]
    assert f"pi-{order}-2" in memory.saved


def test_an_intent_behind_a_saved_failure_is_taken(memory):
    order = uuid7()
    memory.open_intent(NewIntent(order, "SO-1", PRICE), key="lost")
    memory.spoil(f"pi-{order}")
    assert open_it(order).client_secret == "pi_1_secret"
    assert list(memory.intents) == ["pi_1"]


def test_after_a_day_intents_are_looked_through_before_the_key_is_used(memory, crash_at):
    order = uuid7()
    with pytest.raises(crash_at("payments.open.intent_created")):
        open_it(order)
    memory.saved.clear()  # the provider forgets keys
    with clock.shifted(timedelta(hours=25)):
        assert open_it(order).client_secret == "pi_1_secret"
    assert list(memory.intents) == ["pi_1"]


def test_threads_that_open_the_same_order_get_the_same_intent(memory):
    order = uuid7()

    def buyer():
        for _ in range(5):
            try:
                return open_it(order).client_secret
            except Unavailable:
                continue
        return "never"

    assert at_once(*[buyer] * 6) == ["pi_1_secret"] * 6
    assert (list(memory.intents), Payment.objects.count()) == (["pi_1"], 1)
