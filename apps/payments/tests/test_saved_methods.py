"""Saved payment methods: one customer per account at the provider, shown to nobody else, gone with the account."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from apps.accounts.contracts import AccountDeleted
from apps.payments import api
from apps.payments.contracts import AccountClosed, Payer, PaymentStatus
from apps.payments.models import Payment, ProviderCustomer
from apps.payments.providers import SavedMethod
from apps.payments.services.ensure_customer import ensure_customer
from apps.payments.services.saved_methods import open_setup
from apps.payments.tasks import delete_customers
from apps.payments.tests.test_open_payment import PRICE
from shop import clock
from shop.errors import Unavailable
from shop.events.inbox import Envelope, deliver
from shop.http.authentication import issue_order_token
from shop.ids import uuid7
from shop.models import IdempotencyKey
from shop.testing.http import send
from shop.testing.races import at_once
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
VISA = SavedMethod("pm_1", "visa", "4242", 8, 2030)
PATH = "/me/payment-methods"


@pytest.fixture
def ada():
    """The id of an account."""
    return uuid7()


def open_for(payer, order_id=None):
    order = order_id or uuid7()
    sheet = api.open_payment(order_id=order, order_number="SO-1", amount=PRICE, email="a@example.com", payer=payer)
    return order, sheet


def ask(method, path, person, **more):
    return send(method, path, authorization=bearer("customer", subject=person), **more)


def set_up(person, key="k1"):
    return ask("POST", f"{PATH}/setup-intents", person, data={}, idempotency_key=key)


def delete_account(person):
    event = AccountDeleted(person, "ada@example.com")
    envelope = Envelope(uuid7(), event.name, str(person), msgspec.json.encode(event).decode())
    assert deliver("payments", [envelope]) == {}


def test_a_customer_is_made_once_and_knows_our_id(memory, ada):
    assert {ensure_customer(ada) for _ in range(3)} == {"cus_1"}
    assert (memory.customers, list(memory.saved)) == ({"cus_1": ada}, [f"cus-{ada}"])


def test_threads_that_save_at_once_make_one_customer(memory, ada):
    def buyer():
        for _ in range(5):
            try:
                return ensure_customer(ada)
            except Unavailable:
                continue
        return "never"

    assert at_once(*[buyer] * 4) == ["cus_1"] * 4
    assert (len(memory.customers), ProviderCustomer.objects.count()) == (1, 1)


@pytest.mark.parametrize("point", ["payments.customer.row", "payments.customer.made"])
def test_a_crash_while_making_it_is_made_good_by_the_repeat(memory, ada, crash_at, point):
    with pytest.raises(crash_at(point)):
        ensure_customer(ada)
    assert (ensure_customer(ada), len(memory.customers)) == ("cus_1", 1)


def test_behind_a_forgotten_or_a_spoilt_key_it_is_looked_for_before_another_is_made(memory, ada, crash_at):
    with pytest.raises(crash_at("payments.customer.made")):
        ensure_customer(ada)
    with clock.shifted(timedelta(hours=25)):
        assert ensure_customer(ada) == "cus_1"
    memory.spoil(f"cus-{(eve := uuid7())}")
    assert ensure_customer(eve) == "cus_2"
    assert list(memory.saved)[-1] == f"cus-{eve}-2"


def test_who_saves_nothing_is_not_made_known_to_the_provider(memory, ada):
    order, _ = open_for(Payer(ada))
    assert (memory.customers, memory.wanted["pi_1"].customer, memory.calls[:1]) == ({}, "", ["open"])
    assert ask("GET", PATH, ada).json() == {"data": []}
    assert Payment.objects.get(pk=order).save_method is False


def test_who_asks_for_it_has_their_method_saved_and_may_pay_with_it_the_next_time(memory, ada):
    open_for(Payer(ada, save_method=True))
    assert (memory.wanted["pi_1"].customer, memory.wanted["pi_1"].save_method) == ("cus_1", True)
    open_for(Payer(ada))
    assert (memory.wanted["pi_2"].customer, memory.wanted["pi_2"].save_method) == ("cus_1", False)
    open_for(None)
    assert memory.wanted["pi_3"].customer == ""


def test_a_repeat_asks_for_the_same_intent_whatever_was_saved_meanwhile(memory, ada):
    order, sheet = open_for(Payer(ada))
    ensure_customer(ada)
    assert open_for(Payer(ada), order)[1] == sheet
    assert memory.wanted["pi_1"].customer == ""


def test_a_customer_whom_somebody_deleted_at_the_provider_can_still_pay_and_save(memory, ada):
    ensure_customer(ada)
    memory.methods.clear()
    order, sheet = open_for(Payer(ada, save_method=True))
    assert (sheet.status, memory.wanted["pi_1"].customer) == (PaymentStatus.OPEN, "")
    assert Payment.objects.get(pk=order).key_number == 2
    assert ask("GET", PATH, ada).json() == {"data": []}
    assert set_up(ada).status_code == 201
    assert (ProviderCustomer.objects.get().reference, memory.customers["cus_2"]) == ("cus_2", ada)


def test_a_list_shows_what_is_needed_to_choose_and_no_more(memory, ada):
    memory.methods[ensure_customer(ada)] = [VISA]
    answer = ask("GET", PATH, ada)
    assert answer.json() == {
        "data": [{"id": "pm_1", "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030}]
    }


def test_a_setup_intent_is_made_once_and_its_secret_never_stored(memory, ada):
    first, again = set_up(ada), set_up(ada)
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert (
        first.json()
        == again.json()
        == {
            "id": "seti_1",
            "client_secret": "seti_1_secret",
            "publishable_key": "pk_memory",
            "status": "requires_payment_method",
        }
    )
    assert "secret" not in str(list(IdempotencyKey.objects.using("payments").values()))
    assert len(memory.setups) == 1


def test_a_repeat_gets_its_setup_intent_though_the_provider_spoilt_the_key(memory, ada):
    operation = uuid7()
    memory.spoil(f"setup-{operation}")

    opened = [open_setup(operation_id=operation, customer_id=ada) for _ in range(2)]

    assert [one.reference for one in opened] == ["seti_1", "seti_1"]
    assert list(memory.saved)[-1] == f"setup-{operation}-again-1"


def test_where_all_keys_are_spoilt_no_setup_intent_is_made(memory, ada):
    operation = uuid7()
    for key in ("", "-again-1", "-again-2"):
        memory.spoil(f"setup-{operation}{key}")

    with pytest.raises(Unavailable):
        open_setup(operation_id=operation, customer_id=ada)

    assert memory.setups == {}


def test_what_is_deleted_is_gone_and_anothers_does_not_exist(memory, ada):
    eve = uuid7()
    memory.methods[ensure_customer(ada)] = [VISA]
    ensure_customer(eve)
    for person in (eve, uuid7()):
        answer = ask("DELETE", f"{PATH}/pm_1", person)
        assert (answer.status_code, answer.json()["code"]) == (404, "payments.method_not_found")
    assert ask("DELETE", f"{PATH}/pm_1", ada).status_code == 204
    assert ask("DELETE", f"{PATH}/pm_1", ada).status_code == 404
    assert memory.methods["cus_1"] == []


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/setup-intents"), ("DELETE", "/pm_1")])
def test_only_who_is_logged_in_has_any(memory, method, path):
    for token in (None, f"Bearer {issue_order_token(uuid7())}"):
        answer = send(method, PATH + path, **({"authorization": token} if token else {}))
        assert answer.status_code in {401, 403}
    assert memory.calls == []


def test_an_id_that_leads_elsewhere_is_no_id(memory, ada):
    ensure_customer(ada)
    for name in ("..%2Fcustomers", "pm_1%2Fdetach", "a.b"):
        assert ask("DELETE", f"{PATH}/{name}", ada).status_code == 404
    assert "detach" not in memory.calls


def test_with_the_account_all_that_is_saved_goes_and_nothing_is_made_again(memory, ada):
    ensure_customer(ada)
    delete_account(ada)
    delete_account(ada)
    assert ask("GET", PATH, ada).json() == {"data": []}
    assert [delete_customers(), delete_customers()] == [1, 0]
    assert (memory.methods, ProviderCustomer.objects.get().state) == ({}, "closed")
    assert (set_up(ada).status_code, set_up(ada, "k2").json()["code"]) == (409, "payments.account_closed")
    open_for(Payer(ada, save_method=True))
    assert (memory.wanted["pi_1"].customer, memory.wanted["pi_1"].save_method) == ("", False)
    assert list(memory.customers) == ["cus_1"]


def test_an_account_that_never_saved_leaves_a_row_that_forbids(memory, ada):
    delete_account(ada)
    assert (ProviderCustomer.objects.get().state, delete_customers()) == ("closed", 0)
    with pytest.raises(AccountClosed):
        open_setup(operation_id=uuid7(), customer_id=ada)
    assert memory.calls == []


def test_an_account_that_goes_while_its_customer_is_being_made_leaves_none(memory, ada):
    def goes(call):
        if call == "customer.after":
            memory.trouble = lambda _: None
            delete_account(ada)

    memory.trouble = goes
    with pytest.raises(AccountClosed):
        ensure_customer(ada)
    assert delete_customers() == 1
    assert (memory.methods, ProviderCustomer.objects.get().state) == ({}, "closed")


def test_a_crash_before_the_answer_was_written_leaves_none_either(memory, ada, crash_at):
    with pytest.raises(crash_at("payments.customer.made")):
        ensure_customer(ada)
    delete_account(ada)
    assert delete_customers() == 1
    assert (memory.methods, len(memory.customers)) == ({}, 1)


def test_a_provider_that_does_not_answer_is_asked_again(memory, ada):
    ensure_customer(ada)
    delete_account(ada)

    def silent(call):
        raise Unavailable("no answer")

    memory.trouble = silent
    assert delete_customers() == 1
    memory.trouble = lambda _: None
    assert delete_customers() == 0
    with clock.shifted(timedelta(hours=1)):
        assert delete_customers() == 1
    assert memory.methods == {}
