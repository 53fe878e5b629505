"""Finance and support at work in the admin, by clicks: what moves money or mail happens once, and is told."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import PATIENCE_SECONDS, Person, clerk
from tests.buyer import Buyer
from tests.harness.shop import Shop
from tests.journeys.test_bank_transfer import order_by_bank
from tests.scenes import new_product


@pytest.fixture
def finance(person: Person, shop: Shop) -> Person:
    """Logged in, on the first page."""
    person.log_in("/admin/", clerk(shop, "finance"), "username")
    return person


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """Their order of 24.95 EUR is confirmed, and the money for it set aside."""
    somebody = shop.buyer()
    somebody.buy((new_product(shop, stock=2, price=1000), 2))
    somebody.pay()
    somebody.await_status("confirmed")
    return somebody


def go(person: Person, menu: str) -> None:
    """To a list, by the menu that is on every page."""
    person.page.click(f"th[scope=row] a:text-is('{menu}')")
    person.page.locator(".change-list .breadcrumbs").filter(has_text=menu).wait_for()


def find(person: Person, menu: str, term: str) -> None:
    """By the search of its list; the first that is found is opened."""
    go(person, menu)
    person.page.fill("#searchbar", term)
    person.page.press("#searchbar", "Enter")
    person.page.wait_for_url("**?q=*")
    person.page.click("#result_list tbody tr:first-child th a")
    person.page.wait_for_url("**/change/*")


def form(person: Person, button: str) -> Locator:
    """That which has this button."""
    return person.page.locator("form").filter(has=person.page.locator(f"button:text-is('{button}')"))


def press(person: Person, button: str, told: str, *, clicks: int = 1) -> None:
    """Send its form by so many quick clicks, and be told this."""
    form(person, button).locator(f"button:text-is('{button}')").click(click_count=clicks)
    person.page.locator(".messagelist li").filter(has_text=told).wait_for()
    assert person.page.locator(".messagelist li").count() == 1


def reload_until(person: Person, place: str, text: str) -> None:
    """A worker is quick, but not at once."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while text not in person.page.inner_text(place):
        assert time.monotonic() < give_up, person.page.inner_text(place)
        person.page.reload()


def cells(person: Person, rows: str) -> list[list[str]]:
    """What a table shows."""
    found = person.page.locator(rows).all()
    return [[cell.strip() for cell in row.locator("td").all_inner_texts()] for row in found]


def test_what_is_set_aside_is_captured_in_parts_and_some_of_it_sent_back(finance: Person, buyer: Buyer) -> None:
    page, number = finance.page, buyer.order["number"]
    find(finance, "Payments", number)

    form(finance, "Capture").locator("[name=amount]").fill("10")
    page.check("[name=more]")
    press(finance, "Capture", "10.00 EUR were taken, the rest is still set aside.", clicks=2)
    assert page.get_attribute("input[name=amount]", "placeholder") == "14.95 EUR"
    form(finance, "Capture").locator("[name=amount]").fill("15")
    press(finance, "Capture", f"{number}: Only 14.95 EUR is set aside.")
    press(finance, "Capture", f"{number}: 14.95 EUR were taken.")
    assert [row[1:3] for row in cells(finance, ".field-captures tr:has(td)")] == [
        ["10.00 EUR", "kept"],
        ["14.95 EUR", "let go"],
    ]
    assert form(finance, "Capture").count() == 0

    page.click(f".field-order a:text-is('{number}')")
    for amount, told in (("5", "5.00 EUR of"), ("2,50", "2.50 EUR of"), ("17.46", "Only 17.45 EUR are kept")):
        form(finance, "Send a part of the money back").locator("[name=amount]").fill(amount)
        press(finance, "Send a part of the money back", told, clicks=2)
    sent = page.locator(".inline-group:has(h2:text-is('Order refunds')) .field-amount p")
    assert sent.all_inner_texts() == ["5.00 EUR", "2.50 EUR"]
    assert finance.asked == [
        f"Take 10 of what is set aside for {number}?",
        f"Take 15 of what is set aside for {number}?",
        f"Take 14.95 EUR of what is set aside for {number}?",
        *(f"Send {amount} EUR of {number} back to the buyer?" for amount in ("5", "2,50", "17.46")),
    ]


def test_a_bank_transfer_is_marked_paid_once_it_is_what_is_due(finance: Person, shop: Shop) -> None:
    buyer = shop.buyer()
    order_by_bank(buyer, new_product(shop, stock=1, price=1200))
    find(finance, "Payments", buyer.order["number"])

    finance.page.fill("[name=reference]", "TX-1")
    form(finance, "Mark paid by bank").locator("[name=amount]").fill("16.59")
    press(finance, "Mark paid by bank", "16.95 EUR is due, not 16.59 EUR. If that is what came, confirm it.")
    finance.page.fill("[name=reference]", "TX-1")
    press(finance, "Mark paid by bank", "16.95 EUR came. The order is paid.", clicks=2)
    assert sorted(row[2:] for row in cells(finance, ".field-books tr:has(td)")) == [
        ["bank", "16.95 EUR", "TX-1"],
        ["orders", "-16.95 EUR", "TX-1"],
    ]
    buyer.await_status("confirmed")


def test_an_event_is_handled_again_and_everything_compared(finance: Person, buyer: Buyer, shop: Shop) -> None:
    shop.quiesce()
    find(finance, "Payments", buyer.order["number"])
    finance.page.click(".field-events tr:has-text('amount_capturable_updated') a")
    assert finance.page.inner_text(".field-status .readonly") == "handled"
    press(finance, "Handle again", "will be handled again", clicks=2)
    reload_until(finance, ".field-status .readonly", "handled")
    go(finance, "Finance operations")
    assert cells(finance, "#result_list tbody tr")[0][1:3] == ["event replayed", buyer.order["number"]]

    go(finance, "Reconciliation runs")
    press(finance, "Compare with the provider now", "A worker compares now", clicks=2)
    go(finance, "Differences")
    reload_until(finance, "form .help", "nothing differed")
    assert finance.page.inner_text(".paginator") == "0 differences"


def test_support_has_a_message_sent_again_once(person: Person, buyer: Buyer, shop: Shop) -> None:
    shop.quiesce()
    person.log_in("/admin/", clerk(shop, "support"), "username")
    find(person, "Messages", buyer.email)

    press(person, "Send again", "1 message will be sent again.", clicks=2)
    assert person.asked == [f"Send this to {buyer.email} once more?"]
    shop.quiesce()
    assert [mail["subject"] for mail in shop.mailbox.messages(buyer.email)] == [
        f"Your order {buyer.order['number']} is confirmed"
    ] * 2
