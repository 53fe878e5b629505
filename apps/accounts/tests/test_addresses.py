"""The address book: rules per country, one default for each, at most so many, nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts import api as accounts
from apps.accounts.models import Address, User
from apps.accounts.services.create_address import create_address
from apps.accounts.testing.people import login, make_person
from shop.addresses import PostalAddress
from shop.db import transact
from shop.ids import uuid7
from shop.testing.counting import queries_of
from shop.testing.http import send
from shop.testing.races import at_once, happens_before
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")

BERLIN = {"name": "Ada", "line1": "Torstr. 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def ada(database):
    return make_person("ada@example.com")


def add(user: User, **changes: Any) -> Any:
    return send("POST", "/me/addresses", {**BERLIN, **changes}, **login(user))


def book(user: User) -> list[tuple[str, bool, bool]]:
    data = send("GET", "/me/addresses", **login(user)).json()["data"]
    return [(one["line1"], one["default_for_shipping"], one["default_for_billing"]) for one in data]


def test_an_address_is_kept_and_the_first_is_the_default_for_both(ada):
    answer = add(ada, phone="030 901820")

    got = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/me/addresses/{got['id']}")
    assert got["phone"] == "+4930901820"
    assert (got["default_for_shipping"], got["default_for_billing"]) == (True, True)
    shown = send("GET", f"/me/addresses/{got['id']}", **login(ada))
    assert (shown.json(), shown["ETag"]) == (got, answer["ETag"])
    assert shown["Cache-Control"] == "private, no-store"
    assert add(ada, line1="B").json()["default_for_shipping"] is False


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"postal_code": "1011"}, "/postal_code", "invalid"),
        ({"postal_code": ""}, "/postal_code", "required"),
        ({"country": "XX"}, "/country", "unknown_country"),
        ({"country": "Germany"}, "/country", "invalid"),
        ({"country": "US", "postal_code": "98101"}, "/region", "required"),
        ({"name": ""}, "/name", "blank"),
        ({"name": {"$gt": ""}}, "/name", "invalid"),
        ({"line1": "x" * 10_000}, "/line1", "max_length"),
        ({"phone": "12"}, "/phone", "invalid"),
        ({"planet": "Mars"}, "/planet", "unknown_field"),
        ({"user_id": "1"}, "/user_id", "unknown_field"),
    ],
)
def test_each_wrong_field_is_named(ada, changes, pointer, code):
    answer = add(ada, **changes)

    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]
    assert not Address.objects.exists()


FORGED = (
    "Ada\r\nBob",
    "Ada\nBcc: x@example.com",
    "Ada\u2028Bob",
    "Ada\u202egnp.exe",
    "Ada\x07",
    "Ada\x7f",
    "Ada\u2066",
)
SPOKEN = (
    "\u0622\u062f\u0627\u200c\u0631\u0627",
    "Ada \U0001f469\u200d\U0001f4bb",
    "O\u2019Neill-M\u00fcller",
    "\u5c0f\u5ddd",
)


@pytest.mark.parametrize("name", FORGED, ids=ascii)
def test_a_name_cannot_forge_the_line_below_it_on_a_label_or_in_a_mail(ada, name):
    for field in ("name", "line1", "city"):
        answer = add(ada, **{field: name})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    assert send("PATCH", "/me", {"name": name}, **login(ada)).status_code == 422
    assert book(ada) == []


@pytest.mark.parametrize("name", SPOKEN, ids=ascii)
def test_a_name_may_be_of_any_script(ada, name):
    assert add(ada, name=name).json()["name"] == name
    assert send("PATCH", "/me", {"name": name}, **login(ada)).json()["name"] == name


def test_a_repeated_request_adds_one_address(ada):
    first, second = (send("POST", "/me/addresses", BERLIN, idempotency_key="k1", **login(ada)) for _ in range(2))

    assert (first.json(), second["Idempotent-Replayed"]) == (second.json(), "true")
    assert Address.objects.count() == 1


def test_the_default_is_one_whoever_asks_to_be_it(ada):
    add(ada, line1="A")
    add(ada, line1="B", default_for_billing=True)

    assert book(ada) == [("A", True, False), ("B", False, True)]


def test_a_change_keeps_what_is_not_named_and_must_fit_the_country(ada):
    path = f"/me/addresses/{add(ada).json()['id']}"

    moved = send("PATCH", path, {"line1": "Weg 2", "default_for_billing": False}, **login(ada))
    wrong = send("PATCH", path, {"country": "US"}, **login(ada))

    assert (moved.status_code, moved.json()["line1"], moved.json()["city"]) == (200, "Weg 2", "Berlin")
    assert (moved.json()["default_for_shipping"], moved.json()["default_for_billing"]) == (True, False)
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/region"]
    assert Address.objects.get().country == "DE"


def test_a_stale_change_is_refused(ada):
    placed = add(ada)
    path, seen = f"/me/addresses/{placed.json()['id']}", placed["ETag"]
    send("PATCH", path, {"line1": "Weg 2"}, if_match=seen, **login(ada))

    for method, body in (("PATCH", {"line1": "Weg 3"}), ("DELETE", None)):
        for tag in (seen, '"r-1"', "garbage", '"r99999999999"'):
            answer = send(method, path, body, if_match=tag, **login(ada))
            assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert Address.objects.get().line1 == "Weg 2"


def test_becoming_the_default_changes_the_etag_of_both(ada):
    first, second = add(ada, line1="A"), add(ada, line1="B")
    send("PATCH", f"/me/addresses/{second.json()['id']}", {"default_for_shipping": True}, **login(ada))

    shown = send("GET", f"/me/addresses/{first.json()['id']}", **login(ada))
    assert shown["ETag"] != first["ETag"]
    assert shown.json()["default_for_shipping"] is False


def test_when_the_default_goes_the_oldest_other_one_becomes_it(ada):
    ids = [add(ada, line1=line).json()["id"] for line in ("A", "B", "C")]
    send("PATCH", f"/me/addresses/{ids[2]}", {"default_for_shipping": True}, **login(ada))

    assert send("DELETE", f"/me/addresses/{ids[2]}", **login(ada)).status_code == 204
    assert book(ada) == [("A", True, True), ("B", False, False)]
    for one in ids[:2]:
        send("DELETE", f"/me/addresses/{one}", **login(ada))
    ada.refresh_from_db()
    assert (ada.address_count, ada.default_shipping_id, ada.default_billing_id) == (0, None, None)


def test_only_so_many_addresses_are_kept(ada, settings):
    settings.ADDRESS_BOOK_LIMIT = 2
    last = [add(ada).json() for _ in range(2)][-1]

    full = add(ada)
    assert (full.status_code, full.json()["code"], full.json()["params"]) == (
        409,
        "accounts.address_book_full",
        {"limit": 2},
    )
    send("DELETE", f"/me/addresses/{last['id']}", **login(ada))
    assert add(ada).status_code == 201


def test_pages_follow_one_another(ada):
    for line in "ABC":
        add(ada, line1=line)

    first = send("GET", "/me/addresses?limit=2", **login(ada))
    second = send("GET", f"/me/addresses?limit=2&after={first.json()['next_cursor']}", **login(ada))

    assert [[one["line1"] for one in page.json()["data"]] for page in (first, second)] == [["A", "B"], ["C"]]
    assert 'rel="next"' in first["Link"]
    assert send("GET", "/me/addresses?after=nonsense", **login(ada)).status_code == 400
    assert send("GET", "/me/addresses?limit=0", **login(ada)).status_code == 422


def test_anothers_address_is_as_absent_as_none(ada):
    theirs = add(ada).json()["id"]
    eve = make_person("eve@example.com")

    for method, body in (("GET", None), ("PATCH", {"line1": "Mine"}), ("DELETE", None)):
        other = send(method, f"/me/addresses/{theirs}", body, **login(eve)).json()
        absent = send(method, f"/me/addresses/{uuid7()}", body, **login(eve)).json()
        unlike = {"instance", "request_id"}
        assert {k: v for k, v in other.items() if k not in unlike} == {
            k: v for k, v in absent.items() if k not in unlike
        }
        assert (other["status"], other["code"]) == (404, "accounts.address_not_found")
    assert Address.objects.get().line1 == "Torstr. 1"
    assert book(eve) == []


def test_strangers_and_the_gone_are_asked_to_log_in(ada):
    headers = login(ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    for method, path, body in (
        ("GET", "/me/addresses", None),
        ("POST", "/me/addresses", BERLIN),
        ("GET", f"/me/addresses/{uuid7()}", None),
        ("PATCH", f"/me/addresses/{uuid7()}", {"line1": "X"}),
        ("DELETE", f"/me/addresses/{uuid7()}", None),
    ):
        assert send(method, path, body).status_code == 401, method
        assert send(method, path, body, **headers).status_code == 401, method
        assert send(method, path, body, authorization=bearer()).status_code == 401, method


def test_another_context_gets_copies_of_the_owners_addresses_only(ada):
    mine = add(ada, phone="030 901820").json()["id"]
    eve = make_person("eve@example.com")

    [got] = accounts.get_addresses(user_id=ada.pk, address_ids=(mine_id := Address.objects.get().pk, uuid7()))
    assert str(got.address_id) == mine
    assert got.address == PostalAddress("Ada", "Torstr. 1", "DE", postal_code="10115", city="Berlin")
    assert got.phone == "+4930901820"
    assert accounts.get_addresses(user_id=eve.pk, address_ids=(mine_id,)) == ()
    assert accounts.get_addresses(user_id=ada.pk, address_ids=()) == ()


def make(user: User) -> object:
    return create_address(address_id=uuid7(), user_id=user.pk, address=PostalAddress(**BERLIN))


def test_the_last_place_is_given_once(ada, settings):
    settings.ADDRESS_BOOK_LIMIT = 1

    answers = at_once(lambda: make(ada), lambda: make(ada))

    assert sorted(type(one).__name__ for one in answers) == ["AddressBookFull", "BookEntry"]
    assert Address.objects.count() == 1


def test_two_first_addresses_at_once_leave_one_default(ada):
    with happens_before("apps.accounts.services.create_address.change_book", lambda: make(ada)):
        make(ada)

    ada.refresh_from_db()
    first = Address.objects.order_by("created_at", "id")[0]
    assert (ada.default_shipping_id, ada.address_count) in {(first.pk, 2), (Address.objects.order_by("id")[1].pk, 2)}
    assert sum(one[1] for one in book(ada)) == 1


def test_each_route_costs_so_many_queries(ada):
    one = Address.objects.get(pk=add(ada).json()["id"])
    headers = login(ada)
    with queries_of("accounts") as reads:
        send("GET", f"/me/addresses/{one.pk}", **headers)
    with queries_of("accounts") as lists:
        send("GET", "/me/addresses", **headers)
    ours = [sum("accounts_" in one for one in statements) for statements in (reads, lists)]  # not the kernel's
    assert ours == [2, 2]


def test_a_change_inside_a_foreign_transaction_is_a_bug(ada):
    with pytest.raises(Exception, match="inside"):
        transact("orders", lambda: make(ada))
