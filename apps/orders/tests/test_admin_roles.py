"""What each role is shown of an order: only links that open, and the buttons of what is to be decided."""

from __future__ import annotations

import re

import pytest

from apps.orders.models import Order, OrderCapture, OrderEvent, OrderRefund, Parcel
from apps.orders.tests.test_admin_returns import login
from apps.orders.tests.test_returns import ask, received
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
LIST, RETURNS = "/admin/orders/order/", "/admin/orders/return/"


def press(client, page, action, row, **said):
    """The button on the row's own page."""
    form = {"action": action, "_selected_action": str(row.pk), "from_page": "1", **said}
    answer = client.post(page, form, follow=True)
    assert answer.redirect_chain == [(f"{page}{row.pk}/change/", 302)]
    return answer.text


@pytest.mark.parametrize("role", ["fulfilment", "support", "finance"])
def test_every_link_on_the_pages_of_an_order_opens(delivered, role):
    back, client = ask(delivered), login(role)
    OrderEvent.objects.filter(order=delivered).update(actor=f"staff:{uuid7()}")
    opened: set[str] = set()  # the menu is on every page
    for page in (LIST, f"{LIST}{delivered.pk}/change/", RETURNS, f"{RETURNS}{back.pk}/change/"):
        links = set(re.findall(r'href="(/admin/[^"#]*)"', client.get(page).text))
        assert len(links) > 3
        refused = {link for link in links - opened if client.get(link.replace("&amp;", "&")).status_code == 403}
        assert refused == set(), page
        opened |= links


def test_who_packs_is_led_to_the_stock_and_not_to_the_money(delivered):
    shown = login("fulfilment").get(f"{LIST}{delivered.pk}/change/").text
    assert [f"/admin/{page}/?q=" in shown for page in ("catalog/hold", "payments/payment")] == [True, False]


@pytest.mark.parametrize(("action", "end"), [("accept_with_reason", "paid"), ("close_with_reason", "refunding")])
def test_finance_leads_an_order_out_of_review_on_its_page(world, action, end):
    order = world.place().order
    Order.objects.update(status="review", due=None, paid_minor=2494)
    page, finance = f"{LIST}{order.pk}/change/", login("finance")
    assert 'value="accept_with_reason"' not in login("fulfilment").get(page).text
    shown = finance.get(page).text
    assert "Be content with 24.94 EUR" in shown
    assert f'value="{action}"' in shown

    assert f"{order.number} is {end}." in press(finance, LIST, action, order, reason="One cent.")
    assert 'value="accept_with_reason"' not in finance.get(page).text


def test_parcels_are_delivered_by_a_button_that_needs_no_reason(delivered):
    Parcel.objects.update(state="shipped", delivered_at=None)
    Order.objects.update(status="shipped")
    packer = login("fulfilment")
    assert "All its parcels were delivered" in packer.get(f"{LIST}{delivered.pk}/change/").text
    assert "All its parcels" not in login("support").get(f"{LIST}{delivered.pk}/change/").text

    assert "is delivered." in press(packer, LIST, "mark_delivered", delivered)
    assert "All its parcels" not in packer.get(f"{LIST}{delivered.pk}/change/").text


def test_a_return_is_closed_without_money_on_its_page(world, delivered):
    back, finance = received(delivered), login("finance")
    page = f"{RETURNS}{back.pk}/change/"
    assert "Close it without money" in finance.get(page).text

    assert "is closed." in press(finance, RETURNS, "close", back, reason="It is worn.")
    assert "Close it without money" not in finance.get(page).text
    assert world.refunds == {}


def test_the_name_of_a_row_tells_money_as_people_write_it():
    assert str(OrderCapture(amount_minor=1999, currency="EUR", state="asked")) == "19.99 EUR, asked"
    assert str(OrderRefund(amount_minor=500, currency="JPY", state="done")) == "500 JPY, done"


def test_a_page_whose_rows_no_form_changes_offers_no_history(delivered):
    assert "historylink" not in login("finance").get(f"{LIST}{delivered.pk}/change/").text
