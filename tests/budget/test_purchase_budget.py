"""What each public route costs, and a whole purchase from the cart to the mail. Growth here is a decision.

Both engines cost the same, except that MongoDB's list of statements leaves out an insert that a unique key refuses.
In the strict shape every call is made twice, so there only calls and tasks are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connections
from django.urls import URLPattern, URLResolver

from apps.catalog.testing.make import make_product
from apps.catalog.testing.searching import search_index
from apps.catalog.testing.staff import make_shelf
from apps.orders.models import Order
from apps.orders.tests.doubles import deliver_all
from config.urls import context_routes
from shop import jobs
from shop.http.authentication import issue_order_token
from shop.identity import revocation
from shop.testing.http import send
from shop.testing.tokens import bearer
from tests.budget.meter import Cost, Meter
from tests.budget.till import Till, a_till

pytestmark = pytest.mark.usefixtures("database")

ADDRESS = {"name": "Ada", "line1": "Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
OFFERS = ["catalog.get_offers"]
SHEET = ["payments.get_payment_sheet"]
PLACING = [
    "cart.get_quote",
    "catalog.get_offers",
    "cart.check_out",
    "catalog.reserve_stock",
    "payments.open_payment",
]
FILLING = ["cart.fill_cart", "catalog.get_offers"]
UNDOING = ["payments.cancel_payment", "catalog.release_reservation", "cart.reopen"]

READS = {
    "GET categories": Cost({"catalog": (1, 0)}),
    "GET products": Cost({"catalog": (1, 0)}),
    "GET products?category=": Cost({"catalog": (2, 0)}),  # the category's id
    "GET products?q=": Cost({"catalog": (1, 0)}),  # the cards; all else is the index's
    "GET products/<slug:slug>": Cost({"catalog": (1, 0)}),
    "GET categories/<slug:slug>": Cost({"catalog": (3, 0)}),  # itself, what is above it, what is below it
    "GET brands": Cost({"catalog": (1, 0)}),
    "GET brands/<slug:slug>": Cost({"catalog": (1, 0)}),
    "GET tags": Cost({"catalog": (1, 0)}),
    "GET tags/<slug:slug>": Cost({"catalog": (1, 0)}),
    "GET product-types": Cost({"catalog": (3, 0)}),  # with all their attributes and options
    "GET product-types/<slug:code>": Cost({"catalog": (3, 0)}),
    "GET carts/<uuid:cart_id>": Cost({"cart": (2, 0), "catalog": (2, 0)}, OFFERS),
    "GET me/cart": Cost({"cart": (3, 0), "catalog": (2, 0)}, OFFERS),
    "GET orders": Cost({"orders": (1, 0)}),
    "GET orders/<str:number>": Cost({"orders": (3, 0)}),  # the order, its lines, its timeline
    "GET orders/<str:number>/parcels": Cost({"orders": (2, 0)}),
    "GET orders/<str:number>/parcels/<uuid:parcel_id>": Cost({"orders": (3, 0)}),
    "GET orders/<str:number>/refunds": Cost({"orders": (2, 0)}),
    "GET orders/<str:number>/returns": Cost({"orders": (3, 0)}),
    "GET orders/<str:number>/returns/<uuid:return_id>": Cost({"orders": (3, 0)}),
    "POST orders/lookup": Cost({"orders": (3, 0)}),
    "GET me/payment-methods": Cost({"payments": (1, 0)}, stripe=1),
    "GET orders/<str:number>/payment": Cost({"orders": (1, 0), "payments": (1, 0)}, SHEET, stripe=1),
}
WRITES = {
    "POST carts": Cost({"cart": (1, 1)}),
    # Without a key: cart, lines; then revision, look, insert or add, and both read again for the answer.
    "POST carts/<uuid:cart_id>/lines": Cost({"cart": (7, 1), "catalog": (2, 0)}, OFFERS),
    "POST carts/<uuid:cart_id>/lines, key": Cost({"cart": (9, 3), "catalog": (2, 0)}, OFFERS),  # claim, answer
    "PUT carts/<uuid:cart_id>/lines/<str:sku>": Cost({"cart": (6, 1), "catalog": (2, 0)}, OFFERS),
    "PATCH carts/<uuid:cart_id>/lines/<str:sku>": Cost({"cart": (4, 1), "catalog": (2, 0)}, OFFERS),
    "DELETE carts/<uuid:cart_id>/lines/<str:sku>": Cost({"cart": (4, 1), "catalog": (2, 0)}, OFFERS),
    "DELETE carts/<uuid:cart_id>/lines": Cost({"cart": (4, 1)}),
    # Read, then the row, the lines of an older version, each line, and both read again.
    "PATCH carts/<uuid:cart_id>": Cost({"cart": (7, 1), "catalog": (2, 0)}, OFFERS),
    "POST carts/<uuid:cart_id>/acknowledge": Cost({"cart": (2, 0), "catalog": (2, 0)}, OFFERS),
    # The cart for the owner, twice read whole, the customer's own, adopted, and read again for the answer.
    "POST carts/<uuid:cart_id>/attach": Cost({"cart": (7, 1), "catalog": (2, 0)}, OFFERS),
    "POST carts/<uuid:cart_id>/attach, merge": Cost({"cart": (14, 1), "catalog": (2, 0)}, OFFERS),
    # One of them asks whether the guest's address is a customer's.
    "POST orders": Cost({"orders": (14, 5), "cart": (8, 1), "catalog": (8, 1), "payments": (3, 2)}, PLACING, stripe=1),
    "POST orders, again": Cost({"orders": (2, 0), "payments": (1, 0)}, SHEET, stripe=1),
    "POST orders/<str:number>/cancel": Cost(
        {"orders": (8, 2), "cart": (5, 1), "catalog": (6, 1), "payments": (2, 1)}, UNDOING, ["orders.relay"], stripe=1
    ),
    # Claim, order, is it known, parcels, lines; then the line is taken, return, its line and news written; answer.
    "POST orders/<str:number>/returns": Cost({"orders": (11, 3)}),
    "POST orders/<str:number>/returns/<uuid:return_id>/withdraw": Cost({"orders": (7, 1)}),
    "POST orders/<str:number>/reorder": Cost({"orders": (2, 0), "cart": (5, 1), "catalog": (2, 0)}, FILLING),
    # Looked for, inserted, its customer noted and read again. A later one looks once and asks Stripe once.
    "POST me/payment-methods/setup-intents": Cost({"payments": (4, 2)}, stripe=2),
    "DELETE me/payment-methods/<slug:method_id>": Cost({"payments": (1, 0)}, stripe=2),
    "POST webhooks/stripe": Cost({"payments": (1, 1)}, tasks=["payments.handle_provider_events"]),
    "POST webhooks/stripe, again": Cost({"payments": (1, 0)}),
}
PAID = {
    "payments.handle_provider_events": Cost({"payments": (7, 3)}, tasks=["payments.relay"], stripe=1),
    "payments.relay": Cost({"payments": (6, 1), "orders": (4, 1)}, tasks=["orders.advance_due_orders"]),
    "orders.advance_due_orders": Cost(
        {"orders": (6, 2), "catalog": (6, 1)}, ["catalog.commit_reservation"], ["orders.relay"]
    ),
    "orders.relay": Cost({"orders": (6, 1), "notifications": (5, 1)}, tasks=["notifications.send_due_messages"]),
    # What is due; suppressed? wanted? Then claimed with its attempt, and both marked.
    "notifications.send_due_messages": Cost({"notifications": (7, 2)}),
}
"""The tasks between the webhook and the mail, each woken by the one before."""
ASIDE = ("apps.accounts.", "apps.notifications.")
REFUSED_INSERTS = {
    "POST orders, again": {"orders": (1, 0), "payments": (1, 0)},
    "POST webhooks/stripe, again": {},
}


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    """The fake Stripe; no job is waiting; what a process keeps for a while is kept already."""
    make_product("mug", stock={"MUG-BLUE": 5, "MUG-RED": 5})
    cart = send("POST", "/carts", {"currency": "EUR"}).json()["id"]
    monkeypatch.setattr(revocation, "LOOK_SECONDS", 3600.0)
    with a_till() as till:
        assert send("POST", f"/carts/{cart}/lines", {"sku": "MUG-BLUE"}).status_code == 200
        assert send("GET", "/me/cart", authorization=bearer()).status_code == 404
        jobs.woken.clear()
        yield till


@pytest.fixture
def meter(till: Till) -> Meter:
    return Meter(till.requests)


def test_each_public_route_costs_this(till, meter, tmp_path):
    ask(meter, "GET categories", "/categories")
    ask(meter, "GET products", "/products")
    ask(meter, "GET products?category=", "/products?category=mugs")
    with search_index(tmp_path) as follower:
        follower.step()
        ask(meter, "GET products?q=", "/products?q=mug&sort=price_asc&include=total,facets")
    ask(meter, "GET products/<slug:slug>", "/products/mug")
    make_shelf()
    ask(meter, "GET categories/<slug:slug>", "/categories/cups")
    for kind, one in (("brands", "harbour"), ("tags", "gift"), ("product-types", "drinkware")):
        ask(meter, f"GET {kind}", f"/{kind}")
        ask(meter, f"GET {kind}/<slug:{'code' if kind == 'product-types' else 'slug'}>", f"/{kind}/{one}")
    cart = fill_cart(meter)
    ask(meter, "PATCH carts/<uuid:cart_id>/lines/<str:sku>", f"/carts/{cart}/lines/MUG-BLUE", "PATCH", {"quantity": 2})
    ask(meter, "POST carts/<uuid:cart_id>/lines", f"/carts/{cart}/lines", "POST", {"sku": "MUG-RED"})
    ask(meter, "DELETE carts/<uuid:cart_id>/lines/<str:sku>", f"/carts/{cart}/lines/MUG-RED", "DELETE")
    ask(meter, "GET carts/<uuid:cart_id>", f"/carts/{cart}")
    ask(meter, "PUT carts/<uuid:cart_id>/lines/<str:sku>", f"/carts/{cart}/lines/MUG-BLUE", "PUT", {"quantity": 1})
    ask(meter, "PATCH carts/<uuid:cart_id>", f"/carts/{cart}", "PATCH", {"currency": "EUR"})
    ask(meter, "POST carts/<uuid:cart_id>/acknowledge", f"/carts/{cart}/acknowledge", "POST", {})
    attach(meter)
    placed = place(meter, cart)
    place(meter, cart, "POST orders, again")
    path, token = f"/orders/{placed['number']}", {"authorization": f"Bearer {placed['token']}"}
    ask(meter, "GET orders", "/orders", authorization=bearer())
    ask(meter, "GET orders/<str:number>", path, **token)
    ask(meter, "GET orders/<str:number>/parcels", f"{path}/parcels", **token)
    ask(meter, "GET orders/<str:number>/payment", f"{path}/payment", **token)
    ask(meter, "GET orders/<str:number>/refunds", f"{path}/refunds", **token)
    found = {"number": placed["number"], "email": "ada@example.com"}
    ask(meter, "POST orders/lookup", "/orders/lookup", "POST", found)
    ask(meter, "POST orders/<str:number>/reorder", f"{path}/reorder", "POST", {}, **token)
    ask(meter, "POST orders/<str:number>/cancel", f"{path}/cancel", "POST", {}, **token)
    send_back(meter)
    save_a_card(meter, till)
    till.pay(place(Meter(till.requests), fill_cart(Meter(till.requests)), key="k2")["payment"]["client_secret"])
    event = till.event("payment_intent.succeeded")
    for name in ("POST webhooks/stripe", "POST webhooks/stripe, again"):
        with meter(name):
            till.deliver(event)

    assert comparable(meter.noted) == comparable(READS | WRITES)


def test_a_whole_purchase_costs_this_and_needs_no_tick(till, meter):
    placed = place(meter, fill_cart(meter))
    till.pay(placed["payment"]["client_secret"])
    event = till.event("payment_intent.succeeded")
    with meter("POST webhooks/stripe"):
        till.deliver(event)
    run_woken(meter)

    requests = ("POST carts", "POST carts/<uuid:cart_id>/lines, key", "POST orders", "POST webhooks/stripe")
    assert comparable(meter.noted) == comparable({name: WRITES[name] for name in requests} | PAID)
    order = send("GET", f"/orders/{placed['number']}", authorization=f"Bearer {placed['token']}").json()
    assert order["status"] == "confirmed"
    assert [(one.to, placed["number"] in one.subject) for one in mail.outbox] == [(["ada@example.com"], True)]


def test_its_sum_is_this():
    """Of the table above, which the test before holds to the truth: to be seen at a glance when it grows."""
    requests = ("POST carts", "POST carts/<uuid:cart_id>/lines, key", "POST orders", "POST webhooks/stripe")
    costs = [*(WRITES[name] for name in requests), *PAID.values()]
    pairs = [pair for cost in costs for pair in cost.databases.values()]

    assert sum(statements for statements, _ in pairs) == 93
    assert sum(transactions for _, transactions in pairs) == 26
    assert sum(len(cost.calls) for cost in costs) == 7
    assert sum(len(cost.tasks) for cost in costs) == 5
    assert sum(cost.stripe for cost in costs) == 2


def test_no_route_is_without_a_budget():
    budgets = {name.partition("?")[0].partition(",")[0] for name in READS | WRITES}

    assert routes(context_routes()) == budgets


def routes(patterns: list[Any], before: str = "") -> set[str]:
    """All but those of accounts and notifications, which nobody passes to buy, and those that need a scope."""
    found: set[str] = set()
    for one in patterns:
        path = before + str(one.pattern)
        if isinstance(one, URLResolver):
            found |= routes(one.url_patterns, path)
        elif isinstance(one, URLPattern) and not one.callback.cls.__module__.startswith(ASIDE):
            view: Any = one.callback
            methods = {"get", "post", "put", "patch", "delete"} & set(dir(view.cls))
            asked = {method.upper() for method in methods if not view.cls.access.of(method.upper()).scope}
            found |= {f"{method} {path.removeprefix('api/v1/')}" for method in asked}
    return found


def comparable(costs: dict[str, Cost]) -> dict[str, Any]:
    """What has to be equal on this engine and in this shape."""
    if settings.SHOP_SHAPE == "strict":
        return {name: (set(cost.calls), cost.tasks) for name, cost in costs.items()}
    if connections["orders"].vendor == "mongodb":
        seen = {name: REFUSED_INSERTS.get(name, cost.databases) for name, cost in costs.items()}
        return {name: (seen[name], cost.calls, cost.tasks, cost.stripe) for name, cost in costs.items()}
    return {name: (cost.databases, cost.calls, cost.tasks, cost.stripe) for name, cost in costs.items()}


def fill_cart(meter: Meter) -> str:
    cart = str(ask(meter, "POST carts", "/carts", "POST", {"currency": "EUR"})["id"])
    name, lines = "POST carts/<uuid:cart_id>/lines, key", f"/carts/{cart}/lines"
    ask(meter, name, lines, "POST", {"sku": "MUG-BLUE"}, idempotency_key="add")
    return cart


def attach(meter: Meter) -> None:
    """A customer without a cart, then with one; then they empty it."""
    ada, unmetered = {"authorization": bearer()}, Meter(lambda: 0)
    carts = [fill_cart(unmetered) for _ in range(2)]
    for name, cart in zip(
        ("POST carts/<uuid:cart_id>/attach", "POST carts/<uuid:cart_id>/attach, merge"), carts, strict=True
    ):
        ask(meter, name, f"/carts/{cart}/attach", "POST", {}, **ada)
    ask(meter, "GET me/cart", "/me/cart", **ada)
    ask(meter, "DELETE carts/<uuid:cart_id>/lines", f"/carts/{carts[0]}/lines", "DELETE", **ada)


def save_a_card(meter: Meter, till: Till) -> None:
    """The first card of a customer, seen and deleted."""
    ada = {"authorization": bearer()}
    setup = ask(meter, "POST me/payment-methods/setup-intents", "/me/payment-methods/setup-intents", "POST", {}, **ada)
    till.save_card(setup["id"])
    [card] = ask(meter, "GET me/payment-methods", "/me/payment-methods", **ada)["data"]
    ask(meter, "DELETE me/payment-methods/<slug:method_id>", f"/me/payment-methods/{card['id']}", "DELETE", **ada)


def send_back(meter: Meter) -> None:
    """Something of an order that was delivered."""
    order = deliver_all(a_placed_order())
    path, token = f"/orders/{order.number}/returns", {"authorization": f"Bearer {issue_order_token(order.pk)}"}
    parcel = f"/orders/{order.number}/parcels/{order.parcels.get().pk}"
    ask(meter, "GET orders/<str:number>/parcels/<uuid:parcel_id>", parcel, **token)
    wish = {"lines": [{"sku": "MUG-BLUE", "quantity": 1}], "reason": "damaged"}
    back = ask(meter, "POST orders/<str:number>/returns", path, "POST", wish, **token, idempotency_key="k4")
    ask(meter, "GET orders/<str:number>/returns", path, **token)
    one = "orders/<str:number>/returns/<uuid:return_id>"
    ask(meter, f"GET {one}", f"{path}/{back['id']}", **token)
    ask(meter, f"POST {one}/withdraw", f"{path}/{back['id']}/withdraw", "POST", {}, **token)


def a_placed_order() -> Order:
    placed = place(Meter(lambda: 0), fill_cart(Meter(lambda: 0)), key="k3")
    return Order.objects.get(number=placed["number"])


def place(meter: Meter, cart: str, name: str = "POST orders", key: str = "k1") -> dict[str, Any]:
    body = {"cart_id": cart, "email": "ada@example.com", "shipping_address": ADDRESS}
    return dict(ask(meter, name, "/orders", "POST", body, idempotency_key=key))


def ask(meter: Meter, name: str, path: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
    with meter(name):
        answer = send(method, path, body, **headers)
    assert answer.status_code < 300, (name, answer.content)
    return answer.json() if answer.content else None


def run_woken(meter: Meter) -> None:
    """Run exactly the tasks that were published, as the worker would, until no more are."""
    while jobs.woken:
        task = jobs.woken.pop(0)
        with meter(task):
            jobs.JOBS[task]()
