"""A customer saves a card, pays with it, and takes it away; nobody else sees it or pays with it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.buyer import GOOD_CARD, SECURE_CARD, Answer, Buyer, ask, insist
from tests.harness.shop import Shop
from tests.scenes import new_product

METHODS = "/me/payment-methods"


def customer(shop: Shop) -> Buyer:
    """Somebody who is logged in."""
    buyer = shop.buyer()
    buyer.token = str(shop.call("tests.goods.customer_token", email=buyer.email)).removeprefix("Bearer ")
    return buyer


def call(buyer: Buyer, method: str, path: str, body: Any = None) -> Answer:
    keyed = {"Idempotency_Key": uuid4().hex} if method == "POST" else {}
    return insist(method, buyer.url(path), body, Authorization=buyer.authorization, **keyed)


def order(shop: Shop, buyer: Buyer, **more: Any) -> str:
    """Order something as this customer; the client secret of its payment."""
    cart = call(buyer, "POST", "/carts", {"currency": "EUR"}).body["id"]
    call(buyer, "POST", f"/carts/{cart}/lines", {"sku": new_product(shop, stock=1, price=700), "quantity": 1})
    placed = call(buyer, "POST", "/orders", {**buyer.order_body(cart), **more})
    assert placed.status in {201, 202}, placed
    buyer.order = placed.body
    return str(buyer.sheet()["client_secret"])


def at_stripe(buyer: Buyer, kind: str, client_secret: str, **fields: str) -> Answer:
    """What the payment sheet in a browser does."""
    url = f"{buyer.stripe}/v1/{kind}/{client_secret.partition('_secret_')[0]}/confirm"
    form = {"client_secret": client_secret, **fields}
    return ask("POST", url, form=form, Authorization=f"Bearer {buyer.publishable_key}")


def card(number: str) -> dict[str, str]:
    data = {"[type]": "card", "[card][number]": number, "[card][exp_month]": "12", "[card][exp_year]": "2034"}
    return {f"payment_method_data{name}": value for name, value in data.items()}


def saved(buyer: Buyer) -> list[dict[str, Any]]:
    return list(call(buyer, "GET", METHODS).body["data"])


def save(buyer: Buyer, number: str) -> dict[str, Any]:
    """Enter a card to be kept; 3-D Secure is passed where it is asked for."""
    setup = call(buyer, "POST", f"{METHODS}/setup-intents", {}).body
    done = at_stripe(buyer, "setup_intents", setup["client_secret"], **card(number)).body
    if done["status"] == "requires_action":
        url = f"{buyer.stripe}/_fake/setup_intents/{done['id']}/authenticate"
        assert ask("POST", url, form={"result": "succeed"}).status == 200
    return saved(buyer)[0]


def test_a_saved_card_pays_without_its_number_until_it_is_taken_away(shop: Shop) -> None:
    ada = customer(shop)
    assert saved(ada) == []
    visa = save(ada, SECURE_CARD)
    assert (visa["brand"], visa["last4"], len(saved(ada))) == ("visa", "3155", 1)
    paid = at_stripe(ada, "payment_intents", order(shop, ada), payment_method=visa["id"])
    assert (paid.status, paid.body["status"]) == (200, "succeeded")
    ada.await_status("confirmed")

    grace = customer(shop)
    stolen = at_stripe(grace, "payment_intents", order(shop, grace), payment_method=visa["id"])
    assert (stolen.status, grace.look()["status"]) == (400, "awaiting_payment")
    assert call(grace, "DELETE", f"{METHODS}/{visa['id']}").code == "payments.method_not_found"
    assert (saved(grace), len(saved(ada))) == ([], 1)

    assert call(ada, "DELETE", f"{METHODS}/{visa['id']}").status == 204
    assert (saved(ada), call(ada, "DELETE", f"{METHODS}/{visa['id']}").status) == ([], 404)
    refused = at_stripe(ada, "payment_intents", order(shop, ada), payment_method=visa["id"])
    assert (refused.status, ada.look()["status"]) == (400, "awaiting_payment")
    for buyer in (ada, grace):
        buyer.cancel()
    shop.check_invariants()


def test_a_card_is_kept_while_it_pays_when_its_buyer_asks_for_that(shop: Shop) -> None:
    ada = customer(shop)
    for keep, kept in ((False, []), (True, ["4242"])):
        secret = order(shop, ada, save_payment_method=keep)
        assert at_stripe(ada, "payment_intents", secret, **card(GOOD_CARD)).body["status"] == "succeeded"
        ada.await_status("confirmed")
        assert [one["last4"] for one in saved(ada)] == kept
    shop.check_invariants()
