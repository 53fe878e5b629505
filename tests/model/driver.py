"""What all rules stand on: asking, comparing carts, and what was sent under which key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine

from .shop import Cart, Order, Shop
from .world import PRICES, STOCK, a_world

T = TypeVar("T")
DRIVEN: dict[str, list[str]] = {}
"""Operation -> the rules that drive it."""
RARE = (
    "a part goes back and the rest is set aside",
    "a part goes back and the rest was let go",
    "a parcel is asked for and its money is being let go",
    "a void is asked for and a parcel left on its money",
)
"""Moments that some rules are made for: `make test` must come to each."""
REACHED: Counter[str] = Counter()
"""How often they came about."""


def drives(*operations: str) -> Callable[[T], T]:
    """Says which operations of the OpenAPI document a rule asks."""

    def mark(method: T) -> T:
        for operation in operations:
            DRIVEN.setdefault(operation, []).append(getattr(method, "__name__", ""))
        return method

    return mark


@dataclass(frozen=True)
class Sent:
    """A POST that was answered, and its key."""

    who: str
    path: str
    body: dict[str, Any]
    key: dict[str, str]
    status: int
    answer: dict[str, Any]


class Driver(RuleBasedStateMachine):
    """A world and the model of it."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self.world = self._open.enter_context(a_world())
        self.shop = Shop(dict(PRICES), dict(STOCK), dict.fromkeys(PRICES, True))
        self.sent: list[Sent] = []
        self.manual = False
        """Whether money is only set aside when it is paid."""
        self.troubled = False
        """Whether Stripe was told to fail since the last time that all was well."""

    def ask(self, who: str, method: str, path: str, body: Any, *statuses: int, **headers: str) -> Any:
        """One request; its answer has one of these statuses. Only a Stripe in trouble excuses 503."""
        answer = self.world.send(who, method, path, body, **headers)
        if answer.status_code == 503:
            assert self.troubled, answer.content
        assert answer.status_code in statuses, (
            f"{who or 'guest'}: {method} {path} {body} -> {answer.status_code} {answer.content.decode()[:400]}, "
            f"expected {statuses}"
        )
        return answer

    def remember(self, who: str, path: str, body: dict[str, Any], key: dict[str, str], answer: Any) -> None:
        """So that it can be repeated."""
        if answer.status_code < 500:
            self.sent.append(Sent(who, path, body, key, answer.status_code, answer.json()))

    @staticmethod
    def pick(things: Sequence[T], which: int) -> T:
        """The newest is 0."""
        return things[-1 - which % len(things)]

    @staticmethod
    def lines_of(shown: dict[str, Any]) -> dict[str, int]:
        return {line["sku"]: line["quantity"] for line in shown["lines"]}

    def received(self, order: Order) -> int:
        """What Stripe got for it, or finance says that came first by bank."""
        return order.came if order.by_bank else self.world.stripe.received(order.id)

    def was_paid(self, order: Order) -> bool:
        """Whether its buyer paid, or had the money set aside."""
        return bool(order.came) or self.world.stripe.was_paid(order.id)

    def compare(self, cart: Cart, shown: dict[str, Any]) -> None:
        """The cart is what the model says, unless an order that was given up may have come back into it."""
        got = self.lines_of(shown)
        if cart.owner in self.shop.loose:
            cart.fill(got, {sku: cart.seen.get(sku, self.shop.prices[sku]) for sku in got})
            return
        assert got == cart.lines, f"the model says {cart.lines}, the cart holds {got}"
        if all(self.shop.published[sku] for sku in got):
            assert shown["total"]["amount"] == self.shop.total(cart.lines)
        changed = {one["sku"] for one in shown["problems"] if one["code"] == "price_changed"}
        wanted = {sku for sku in got if cart.seen[sku] != self.shop.prices[sku] and self.shop.published[sku]}
        assert changed == wanted, f"other prices than seen: {wanted}, told: {changed}"

    def adopt(self, who: str, shown: dict[str, Any]) -> None:
        """A cart that came back to its customer."""
        for cart in self.shop.carts:
            if cart.owner == who and cart.state == "open" and cart.id != shown["id"]:
                cart.state = "unsure"
        cart = self.shop.cart(shown["id"]) or Cart(shown["id"], who)
        if cart not in self.shop.carts:
            self.shop.carts.append(cart)
        cart.owner, cart.state = who, "open"
        got = self.lines_of(shown)
        cart.fill(got, {sku: cart.seen.get(sku, self.shop.prices[sku]) for sku in got})

    def meet(self, cart: Cart, answer: Any) -> None:
        """A cart that is closed, or perhaps open again."""
        if answer.status_code == 409:
            assert answer.json()["code"] in {"cart.ordered", "cart.merged"}, answer.content
            assert cart.state != "open" or cart.owner in self.shop.loose, answer.content
            return
        assert cart.state == "unsure", f"a cart that is {cart.state} answered {answer.status_code}"
        if answer.status_code == 200 and not cart.owner:
            cart.state = "open"
            got = self.lines_of(answer.json())
            cart.fill(got, {sku: cart.seen.get(sku, self.shop.prices[sku]) for sku in got})

    def may_come_back(self, order: Order) -> None:
        """The cart of an order that is given up unpaid is opened again, at a moment that only the saga knows."""
        if order.cart.state == "ordered":
            order.cart.state = "unsure"
        if order.cart.owner:
            self.shop.loose.add(order.cart.owner)

    def teardown(self) -> None:
        """Even after a failure nothing is left."""
        for line in self.world.log:
            note(line)
        self._open.close()
