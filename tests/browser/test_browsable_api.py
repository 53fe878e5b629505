"""The browsable API in a real browser, which sends an Origin, keeps cookies and runs the page's script."""

from __future__ import annotations

import re
from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload

from shop.http.cookies import ACCESS
from shop.http.document import document
from tests.browser.conftest import Person
from tests.buyer import ADDRESS
from tests.harness.shop import Shop
from tests.scenes import new_product

BOOK = "/api/v1/me/addresses"


def shown(person: Person, status: int, method: str = "GET") -> str:
    """What the page shows of the answer to this, once it is there."""
    person.page.locator(".request-info").filter(has_text=f"{method} /api/").wait_for()
    answer = person.page.locator(".response-info")
    answer.filter(has_text=f"HTTP {status} ").wait_for()
    return answer.inner_text()


def write(person: Person, body: str, method: str = "POST", **headers: str) -> None:
    """Fill the form in and send it; a header that is not named stays as the page has it."""
    for name, value in headers.items():
        person.page.fill(f".well [data-header={name.replace('_', '-')}]", value)
    person.page.fill(".well textarea", body)
    person.page.click(f".well button:text-is('{method}')")


def test_an_address_is_written_changed_and_deleted_and_the_session_ended(person: Person, customer: str) -> None:
    person.log_in(BOOK, customer, "email")
    shown(person, 200)

    person.page.click(".well button:text-is('POST')")  # as the page offers it: an example, and a fresh key
    written = shown(person, 201, "POST")
    person.open(re.findall(r"Location: (\S+)", written)[0])
    write(person, '{"line1": "Torstr. 2"}', "PATCH", If_Match='"r9"')
    assert "precondition_failed" in shown(person, 412, "PATCH")
    assert person.page.input_value(".well textarea") == '{"line1": "Torstr. 2"}'
    person.open(re.findall(r"Location: (\S+)", written)[0])
    assert person.page.input_value(".well [data-header=If-Match]") in re.findall(r"ETag: (\S+)", shown(person, 200))
    write(person, '{"line1": "Torstr. 3"}', "PATCH")
    assert '"line1": "Torstr. 3"' in shown(person, 200, "PATCH")
    person.page.click("button:text-is('DELETE')")
    person.page.click("#deleteModal button:text-is('Delete')")
    shown(person, 204, "DELETE")
    person.page.click("text=Log out")
    person.page.wait_for_url("**/api/login")

    person.open(BOOK)
    assert person.page.url.endswith("/api/login?next=%2Fapi%2Fv1%2Fme%2Faddresses")
    assert [status for status, _, _ in person.refused] == [412]
    person.refused.clear()


def test_the_documentation_begins_with_all_its_topics(person: Person) -> None:
    person.open("/api/docs")
    topics = person.page.locator(".opblock-tag")
    topics.first.wait_for()

    named = {tag for those in document()["paths"].values() for one in those.values() for tag in one["tags"]}
    assert sorted(topics.all_inner_texts()) == sorted(named)


def test_who_comes_back_after_the_token_has_run_out_still_writes(person: Person, customer: str) -> None:
    person.log_in(BOOK, customer, "email")
    shown(person, 200)
    person.page.context.clear_cookies(name=ACCESS)

    person.page.click(".well button:text-is('POST')")

    shown(person, 201, "POST")
    assert person.refused == [(401, "POST", BOOK)]
    person.refused.clear()


def test_a_picture_is_chosen_and_sent(person: Person, merchandiser: str, shop: Shop) -> None:
    slug = new_product(shop, stock=1, price=1500).lower()
    person.log_in(f"/api/login?next=/api/v1/products/{slug}/pictures", merchandiser, "email")
    content = BytesIO()
    Image.new("RGB", (8, 6)).save(content, "PNG")

    file = FilePayload(name="thing.png", mimeType="image/png", buffer=content.getvalue())
    person.page.set_input_files(".well input[name=file]", file)
    person.page.fill(".well [name=alt]", "A thing")
    person.page.click(".well button:text-is('POST')")

    written = shown(person, 201, "POST")
    assert '"alt": "A thing"' in written
    assert '"width": 8' in written
    person.refused.clear()


def test_an_order_is_placed_with_a_key_and_not_without(person: Person, customer: str, shop: Shop) -> None:
    sku = new_product(shop, stock=5, price=1500)
    person.log_in("/api/login?next=/api/v1/carts", customer, "email")
    shown(person, 405)
    write(person, "{}")
    cart = re.findall(r'"id": "([^"]+)"', shown(person, 201, "POST"))[0]
    person.open(f"/api/v1/carts/{cart}/lines")
    write(person, f'{{"sku": "{sku}", "quantity": 2}}')
    shown(person, 200, "POST")
    person.open("/api/v1/orders")
    address = str(ADDRESS).replace("12 St James's Square", "Torstr. 1").replace("'", '"')
    order = f'{{"cart_id": "{cart}", "email": "{customer}", "shipping_address": {address}}}'

    write(person, order, Idempotency_Key="")
    assert "idempotency.key_required" in shown(person, 400, "POST")
    write(person, order)  # the page has a fresh key, and what was refused stays to be written down again
    assert '"total"' in shown(person, 201, "POST")

    assert sorted(status for status, _, _ in person.refused) == [400, 405, 405]
    person.refused.clear()
    person.open("/api/v1/orders")
    assert len(re.findall(r'"number"', shown(person, 200))) == 1
