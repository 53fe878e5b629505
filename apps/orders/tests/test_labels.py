"""What a parcel is followed by is put right after it left: by compare-and-set, told while it is on its way."""

from __future__ import annotations

import pytest

from apps.orders.models import Order, OrderEvent, Parcel
from apps.orders.services.deliver_parcel import deliver_parcel
from apps.orders.services.label_parcel import label_of, label_parcel
from apps.orders.services.ship_parcel import Label, ship_parcel
from apps.orders.tasks import advance_due_orders
from apps.orders.tests.test_admin_returns import login
from apps.orders.tests.test_saga import pay
from shop.http.authentication import issue_order_token
from shop.http.etags import StaleMatch
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.races import happens_before
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
FULFILMENT = {"orders:read", "orders:fulfil"}


@pytest.fixture
def parcel(world) -> Parcel:
    """Left without a number."""
    order = world.place().order
    pay(order)
    advance_due_orders()
    stored = Order.objects.get(pk=order.pk)
    left: Parcel = ship_parcel(stored, parcel_id=uuid7(), label=Label("UPS"), wanted=None, actor="staff:1")
    return left


def relabel(parcel, check=lambda _: None, **changes):
    return label_parcel(parcel.order, parcel_id=parcel.pk, changes=changes, actor="staff:2", check=check)


def path_of(parcel):
    return f"/orders/{parcel.order.number}/parcels/{parcel.pk}"


def entries(parcel):
    found = OrderEvent.objects.filter(order_id=parcel.order_id, reason="parcel_labelled").order_by("at", "id")
    return [(entry.actor, entry.detail) for entry in found]


def news(told):
    return [payload for name, payload in told() if name == "parcel_labelled"]


def test_a_number_that_was_missing_is_added_and_told(parcel, told):
    relabel(parcel, carrier="DHL", tracking_number="0034")
    (payload,) = news(told)
    assert (payload["parcel_id"], payload["carrier"], payload["tracking_number"], payload["email"]) == (
        str(parcel.pk),
        "DHL",
        "0034",
        "ada@example.com",
    )
    assert entries(parcel) == [("staff:2", "DHL 0034, before: UPS")]
    assert label_of(Parcel.objects.get()) == Label("DHL", "0034", "")


def test_the_timeline_and_the_packer_are_told_of_a_parcel_without_a_label_in_the_same_words(parcel):
    relabel(parcel, carrier="")
    deliver_parcel(Order.objects.get(), parcel_id=parcel.pk, actor="staff:1")
    detail = OrderEvent.objects.values_list("detail", flat=True).get(reason="parcel_delivered")
    assert (detail, str(Parcel.objects.get())) == ("A parcel without a label", "A parcel without a label")


def test_a_parcel_that_has_an_address_to_follow_alone_is_named_by_it(parcel):
    relabel(parcel, carrier="", tracking_url="https://parcels.example/1")
    assert str(Parcel.objects.get()) == "https://parcels.example/1"


def test_what_says_the_same_already_is_neither_written_nor_told(parcel, told):
    for _ in range(2):
        relabel(parcel, tracking_number="0034")
    assert (len(news(told)), len(entries(parcel))) == (1, 1)


def test_a_number_that_is_taken_away_is_not_told(parcel, told):
    relabel(parcel, carrier="")
    assert (news(told), entries(parcel)) == ([], [("staff:2", "nothing, before: UPS")])


def test_of_a_parcel_that_arrived_it_is_put_right_and_nobody_told(parcel, told):
    deliver_parcel(Order.objects.get(), parcel_id=parcel.pk, actor="staff:1")
    relabel(parcel, tracking_number="0034")
    assert (news(told), label_of(Parcel.objects.get())) == ([], Label("UPS", "0034", ""))


def test_one_that_arrives_meanwhile_is_not_told_as_on_its_way(parcel, told):
    def deliver():
        deliver_parcel(Order.objects.get(), parcel_id=parcel.pk, actor="staff:1")

    with happens_before("apps.orders.services.label_parcel.transact", deliver):
        relabel(parcel, tracking_number="0034")
    assert (news(told), Parcel.objects.get().state) == ([], "delivered")
    assert entries(parcel) == [("staff:2", "UPS 0034, before: UPS")]


def test_two_who_put_different_fields_right_at_once_lose_nothing(parcel):
    with happens_before("apps.orders.services.label_parcel.transact", lambda: relabel(parcel, tracking_number="0034")):
        relabel(parcel, carrier="DHL")
    assert label_of(Parcel.objects.get()) == Label("DHL", "0034", "")


def test_who_has_read_another_label_is_refused(parcel):
    seen = label_of(parcel)

    def check(now):
        if label_of(now) != seen:
            raise StaleMatch

    rival = happens_before("apps.orders.services.label_parcel.transact", lambda: relabel(parcel, carrier="GLS"))
    with rival, pytest.raises(StaleMatch):
        relabel(parcel, check, carrier="DHL")
    assert label_of(Parcel.objects.get()) == Label("GLS", "", "")


# --- over HTTP --------------------------------------------------------------------------------------------------------


def test_fulfilment_puts_it_right_and_the_buyer_sees_it(parcel):
    staff, buyer = bearer("staff", scopes=FULFILMENT), f"Bearer {issue_order_token(parcel.order_id)}"
    before = send("GET", path_of(parcel), authorization=buyer)
    changes = {"tracking_number": "0034", "tracking_url": "https://dhl.example/0034"}
    answer = send("PATCH", path_of(parcel), changes, authorization=staff, if_match=before["ETag"])
    assert (answer.status_code, answer.json()) == (200, {**before.json(), **changes})
    after = send("GET", path_of(parcel), authorization=buyer)
    assert (after.json(), after["ETag"]) == (answer.json(), answer["ETag"])
    assert before["ETag"] != after["ETag"]
    shown = send("GET", f"/orders/{parcel.order.number}", authorization=buyer).json()
    assert shown["parcels"] == [answer.json()]
    assert sorted(shown["timeline"][-1]) == ["at", "by", "reason", "to"]
    late = send("PATCH", path_of(parcel), {"carrier": "GLS"}, authorization=staff, if_match=before["ETag"])
    assert (late.status_code, label_of(Parcel.objects.get()).carrier) == (412, "UPS")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"tracking_url": "ftp://dhl.example"}, "/tracking_url"),
        ({"tracking_number": "0034\n0035"}, "/tracking_number"),
        ({"carrier": "D" * 61}, "/carrier"),
        ({"state": "delivered"}, "/state"),
        ({"carrier": None}, "/carrier"),
    ],
)
def test_a_wrong_label_is_refused_by_its_field(parcel, body, pointer):
    answer = send("PATCH", path_of(parcel), body, authorization=bearer("staff", scopes=FULFILMENT))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert entries(parcel) == []


def test_only_fulfilment_labels_and_strangers_see_no_parcel(parcel):
    path, reader = path_of(parcel), bearer("staff", scopes={"orders:read"})
    buyer = f"Bearer {issue_order_token(parcel.order_id)}"
    assert [send("PATCH", path, {}, authorization=who).status_code for who in (reader, buyer)] == [403, 403]
    assert [send(verb, path, {}).status_code for verb in ("GET", "PATCH")] == [401, 401]
    assert send("GET", path, authorization=bearer()).json()["code"] == "orders.not_found"
    absent = f"/orders/{parcel.order.number}/parcels/{uuid7()}"
    assert send("GET", absent, authorization=buyer).json()["code"] == "orders.parcel_not_found"
    staff = bearer("staff", scopes=FULFILMENT)
    assert send("PATCH", absent, {}, authorization=staff).json()["code"] == "orders.parcel_not_found"


# --- on the order's page ----------------------------------------------------------------------------------------------


def test_staff_puts_it_right_on_the_page_of_the_order(parcel):
    staff, page = login("fulfilment"), f"/admin/orders/order/{parcel.order_id}/"
    seen = staff.get(f"{page}change/").text.partition('name="seen" value="')[2].partition('"')[0]
    form = {"parcel": str(parcel.pk), "seen": seen, "carrier": "DHL", "tracking_number": "0034", "tracking_url": ""}
    assert "The parcel goes by DHL 0034." in staff.post(f"{page}label/", form, follow=True).text
    assert label_of(Parcel.objects.get()) == Label("DHL", "0034", "")
    late = staff.post(f"{page}label/", {**form, "carrier": "GLS"}, follow=True).text
    assert "Somebody else has changed it meanwhile" in late
    wrong = staff.post(f"{page}label/", {**form, "tracking_url": "javascript:alert(1)"}, follow=True).text
    assert "Tracking url: Enter a valid URL." in wrong
    ((actor, detail),) = entries(parcel)
    assert (actor.partition(":")[0], detail) == ("staff", "DHL 0034, before: UPS")


def test_who_does_not_pack_sees_no_form_of_the_label_and_is_refused(parcel):
    support, page = login("support"), f"/admin/orders/order/{parcel.order_id}/"
    assert "Put the label" not in support.get(f"{page}change/").text
    assert support.post(f"{page}label/", {"parcel": str(parcel.pk), "seen": ""}).status_code == 403


def test_staff_notes_for_colleagues_or_the_buyer_on_the_page_of_the_order(parcel):
    support, page = login("support"), f"/admin/orders/order/{parcel.order_id}/"
    form = support.get(f"{page}change/").text.partition(f'action="{page}note/"')[2].partition("</form>")[0]
    assert 'name="for_buyer"' in form
    once = form.partition('name="operation" value="')[2].partition('"')[0]
    for _ in range(2):
        told = support.post(f"{page}note/", {"operation": once, "text": "Called.", "for_buyer": "on"}, follow=True)
        assert "The buyer can read it." in told.text
    assert "for staff alone" in support.post(f"{page}note/", {"text": "Grumpy."}, follow=True).text
    assert "Text: This field is required." in support.post(f"{page}note/", {"text": " "}, follow=True).text
    assert "Text: Null characters" in support.post(f"{page}note/", {"text": "\0"}, follow=True).text
    notes = OrderEvent.objects.filter(order_id=parcel.order_id, reason="note").order_by("at", "id")
    assert [(one.visible, one.detail) for one in notes] == [("all", "Called."), ("nothing", "Grumpy.")]
    assert "also the words" in support.get(f"{page}change/").text
