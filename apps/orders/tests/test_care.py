"""Orders looked up, placed again, noted on and led out of review."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.orders.models import Order, OrderEvent
from apps.orders.tests.doubles import eur
from apps.orders.tests.test_saga import pay, work
from shop import clock
from shop.http.authentication import issue_order_token
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.limits import rate_limits
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
FINANCE = {"orders:read", "orders:refund"}


@pytest.fixture
def order(world) -> Order:
    """Placed by a guest, ada@example.com."""
    placed: Order = world.place().order
    return placed


def look_up(number, email, **headers):
    return send("POST", "/orders/lookup", {"number": number, "email": email}, **headers)


def sheet_of(order, found):
    """What the token of a look-up gets of the payment sheet, asked in both ways."""
    token = f"Bearer {found.json()['token']}"
    paths = (f"/orders/{order.number}/payment", f"/orders/{order.number}?expand=payment")
    return [send("GET", path, authorization=token) for path in paths]


# --- look up ---


def test_a_guest_finds_their_order_by_number_and_address_and_its_token_opens_it(order):
    found = look_up(order.number.lower(), " Ada@Example.com ")
    assert (found.status_code, found.json()["number"], found["Cache-Control"]) == (
        200,
        order.number,
        "private, no-store",
    )
    token = f"Bearer {found.json()['token']}"
    assert send("GET", f"/orders/{order.number}", authorization=token).status_code == 200
    assert send("POST", f"/orders/{order.number}/cancel", {}, authorization=token).json()["status"] == "cancelled"


def test_a_token_ends_and_the_next_look_up_gives_another(order, settings):
    settings.ORDER_TOKEN_HOURS = 2

    def opened(token: str) -> int:
        return send("GET", f"/orders/{order.number}", authorization=f"Bearer {token}").status_code

    first = look_up(order.number, "ada@example.com").json()["token"]
    with clock.shifted(timedelta(hours=1, minutes=59)):
        assert opened(first) == 200
    with clock.shifted(timedelta(hours=2)):
        assert opened(first) == 401
        assert opened(look_up(order.number, "ada@example.com").json()["token"]) == 200


def test_the_token_opens_that_order_alone(world, order):
    other = world.place(uuid7()).order
    token = f"Bearer {look_up(order.number, 'ada@example.com').json()['token']}"
    assert send("GET", f"/orders/{other.number}", authorization=token).status_code == 404


def test_a_wrong_number_and_a_wrong_address_are_answered_alike(order):
    wrong = [look_up(order.number, "eve@example.com"), look_up("SO-0000-0000", "ada@example.com")]
    bodies = [{name: value for name, value in one.json().items() if name != "request_id"} for one in wrong]
    assert [one.status_code for one in wrong] == [404, 404]
    assert bodies[0] == bodies[1]


def test_whoever_tries_numbers_or_addresses_is_stopped(order):
    with rate_limits(order_look_up_number=3):
        assert [look_up(order.number, f"eve{n}@example.com").status_code for n in range(4)] == [404, 404, 404, 429]


def test_a_guest_who_comes_back_after_a_declined_card_pays_by_a_look_up(order):
    sheet, expanded = sheet_of(order, look_up(order.number, "ada@example.com"))
    assert (sheet.status_code, sheet.json()["client_secret"]) == (200, "pi_1_secret")
    assert expanded.json()["payment"] == sheet.json()


def test_a_look_up_shows_an_order_placed_with_an_account_but_opens_no_payment_sheet_of_it(order):
    Order.objects.update(customer_id=uuid7())
    found = look_up(order.number, "ada@example.com")
    shown = send("GET", f"/orders/{order.number}", authorization=f"Bearer {found.json()['token']}")
    assert (found.status_code, shown.status_code) == (200, 200)
    for refused in sheet_of(order, found):
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert refused.json()["detail"] == "This order belongs to an account: log in to pay it."
    placed = {"authorization": f"Bearer {issue_order_token(order.pk)}"}
    assert send("GET", f"/orders/{order.number}/payment", **placed).json()["client_secret"] == "pi_1_secret"


def test_staff_cannot_make_itself_the_buyer_by_number_and_address(order):
    staff = {"authorization": bearer("staff", scopes={"orders:read"})}
    refused = [look_up(number, "ada@example.com", **staff) for number in (order.number, "SO-0000-0000")]
    assert [(one.status_code, one.json()["code"], "token" in one.json()) for one in refused] == [
        (403, "forbidden", False)
    ] * 2


def test_every_look_up_is_told_to_the_audit_log_without_the_address(order, caplog):
    caplog.set_level("INFO", "shop.audit")
    person = uuid7()
    look_up(order.number, "ada@example.com")
    look_up(order.number, " Ada@Example.com", authorization=bearer(subject=person))
    look_up(order.number, "eve@example.com")
    look_up(order.number, "ada@example.com", authorization=bearer("staff", person, {"orders:read"}))
    told = [record for record in caplog.records if record.name == "shop.audit"]
    assert [(one.message, one.by, one.user_id, one.client) for one in told] == [
        ("order looked up", "anonymous", "", "127.0.0.0/24"),
        ("order looked up", "customer", str(person), "127.0.0.0/24"),
        ("order look-up failed", "anonymous", "", "127.0.0.0/24"),
        ("order look-up refused", "staff", str(person), "127.0.0.0/24"),
    ]
    assert [getattr(one, "order_id", None) for one in told] == [str(order.pk)] * 2 + [None] * 2
    assert told[0].account == told[1].account != told[2].account
    assert not [one for one in told if "example.com" in str(one.__dict__) or order.number in str(one.__dict__)]


# --- reorder ---


def test_a_guest_orders_again_into_a_new_cart_once(world, order):
    path, token = f"/orders/{order.number}/reorder", f"Bearer {issue_order_token(order.pk)}"
    first = send("POST", path, {}, authorization=token, idempotency_key="again")
    again = send("POST", path, {}, authorization=token, idempotency_key="again")
    assert (first.status_code, first.json(), again.json()) == (
        201,
        {"cart_id": first.json()["cart_id"], "added": 1, "problems": []},
        first.json(),
    )
    ((cart_id, (who, currency, lines)),) = world.filled.items()
    assert (str(cart_id), who, currency) == (first.json()["cart_id"], None, "EUR")
    assert [(line.sku, line.quantity) for line in lines] == [("A", 2)]


def test_what_is_not_there_any_more_is_told(world, order):
    path, token = f"/orders/{order.number}/reorder", f"Bearer {issue_order_token(order.pk)}"
    world.on_sale = 1
    assert send("POST", path, {}, authorization=token).json()["problems"] == [
        {
            "sku": "A",
            "wanted": 2,
            "quantity": 1,
            "code": "out_of_stock",
            "detail": "A: There are not enough of it.",
        }
    ]
    world.on_sale = 0
    refused = send("POST", path, {}, authorization=token)
    assert (refused.status_code, refused.json()["code"]) == (409, "orders.nothing_to_reorder")
    assert [error["code"] for error in refused.json()["errors"]] == ["out_of_stock"]


def test_a_customer_orders_again_into_their_own_cart(world):
    person = uuid7()
    order = world.place().order
    Order.objects.update(customer_id=person)
    answer = send("POST", f"/orders/{order.number}/reorder", {}, authorization=bearer(subject=person))
    assert (answer.status_code, next(iter(world.filled.values()))[0]) == (201, person)
    assert send("POST", f"/orders/{order.number}/reorder", {}, authorization=bearer()).status_code == 404
    assert send("POST", f"/orders/{order.number}/reorder", {}).status_code == 401


# --- notes ---


def test_a_note_is_for_staff_alone_and_written_once(order):
    path, staff = f"/orders/{order.number}/notes", bearer("staff", scopes={"orders:read"})
    for _ in range(2):
        noted = send("POST", path, {"text": "Called."}, authorization=staff, idempotency_key="n1")
        assert (noted.status_code, noted.json()["text"]) == (201, "Called.")
    assert send("GET", path, authorization=staff).json()["data"] == [noted.json()]
    seen = send("GET", f"/orders/{order.number}", authorization=staff)
    last = seen.json()["timeline"][-1]
    assert (last["reason"], last["detail"], last["by"], last["who"]) == (
        "note",
        "Called.",
        "staff",
        noted.json()["who"],
    )
    buyer = f"Bearer {issue_order_token(order.pk)}"
    shown = send("GET", f"/orders/{order.number}", authorization=buyer).json()["timeline"]
    assert [sorted(entry) for entry in shown] == [["at", "by", "reason", "to"]] * 3
    assert send("GET", path, authorization=buyer).status_code == 403
    assert send("POST", path, {"text": ""}, authorization=staff).json()["errors"][0]["pointer"] == "/text"


def test_a_note_for_the_buyer_is_read_by_the_buyer_without_who_wrote_it(order):
    path, staff = f"/orders/{order.number}/notes", bearer("staff", scopes={"orders:read"})
    send("POST", path, {"text": "Drinks like a fish."}, authorization=staff)
    noted = send("POST", path, {"text": "Gone on Monday.", "for_buyer": True}, authorization=staff)
    assert (noted.status_code, noted.json()["for_buyer"]) == (201, True)
    assert [one["for_buyer"] for one in send("GET", path, authorization=staff).json()["data"]] == [False, True]
    seen = send("GET", f"/orders/{order.number}", authorization=f"Bearer {issue_order_token(order.pk)}")
    assert "fish" not in seen.content.decode()
    assert seen.json()["timeline"][-1] == {
        "at": noted.json()["created_at"],
        "to": order.status,
        "reason": "note",
        "by": "staff",
        "detail": "Gone on Monday.",
    }


def test_for_whom_a_note_is_must_be_said_by_true_or_false(order):
    path, staff = f"/orders/{order.number}/notes", bearer("staff", scopes={"orders:read"})
    answer = send("POST", path, {"text": "x", "for_buyer": "no"}, authorization=staff)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/for_buyer")


def test_news_that_move_nothing_change_the_etag(order):
    buyer, path = f"Bearer {issue_order_token(order.pk)}", f"/orders/{order.number}"
    etag = send("GET", path, authorization=buyer)["ETag"]
    OrderEvent(order_id=order.pk, frm=order.status, to=order.status, actor="payments", reason="payment_failed").save(
        force_insert=True
    )
    again = send("GET", path, authorization=buyer, if_none_match=etag)
    assert (again.status_code, len(again.json()["timeline"])) == (200, 4)


# --- review ---


@pytest.fixture
def reviewed(world, order) -> Order:
    """A cent too little came."""
    pay(order, 2494)
    work()
    assert Order.objects.get().status == "review"
    return order


@pytest.mark.parametrize(
    ("decision", "status", "sent_back"),
    [("accept", "confirmed", []), ("refund", "cancelled", [eur(2494)]), ("refunded_by_hand", "cancelled", [])],
)
def test_staff_leads_an_order_out_of_review_with_a_reason(world, reviewed, decision, status, sent_back):
    path, body = f"/orders/{reviewed.number}/review", {"decision": decision, "reason": "A cent."}
    answer = send("POST", path, body, authorization=bearer("staff", scopes=FINANCE))
    work()
    assert (answer.status_code, Order.objects.get().status) == (200, status)
    assert list(world.refunds.values()) == sent_back
    entry = OrderEvent.objects.filter(order_id=reviewed.pk, detail="A cent.").get()
    assert entry.actor.startswith("staff:")
    again = send("POST", path, body, authorization=bearer("staff", scopes=FINANCE))
    assert (again.status_code, again.json()["code"]) == (409, "orders.illegal_move")


def test_a_decision_needs_a_reason_and_the_right_role(reviewed):
    path = f"/orders/{reviewed.number}/review"
    finance = bearer("staff", scopes=FINANCE)
    assert send("POST", path, {"decision": "accept"}, authorization=finance).json()["errors"][0]["pointer"] == "/reason"
    wrong = send("POST", path, {"decision": "burn", "reason": "x"}, authorization=finance)
    assert wrong.json()["errors"][0]["pointer"] == "/decision"
    assert send("POST", path, {}, authorization=bearer("staff", scopes={"orders:fulfil"})).status_code == 403
