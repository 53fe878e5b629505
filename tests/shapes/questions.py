"""One question to each service as a customer asks them, and which services it takes to answer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

from tests.buyer import Answer, Buyer, ask, insist
from tests.shapes.split import Split

PASSWORD = "correct horse battery"  # of nobody
FRESH_SECONDS = 200


@dataclass(frozen=True, slots=True)
class Question:
    """Where it is asked, and whose answers it needs; the first is the service that the gateway hands it to."""

    name: str
    method: str
    path: str
    needs: tuple[str, ...]


QUESTIONS = (
    Question("me", "GET", "/me", ("accounts",)),
    Question("product", "GET", "/products/{slug}", ("catalog",)),
    Question("new cart", "POST", "/carts", ("cart",)),
    Question("cart", "GET", "/carts/{cart}", ("cart", "catalog")),
    Question("order", "GET", "/orders/{number}", ("orders",)),
    Question("orders", "GET", "/orders", ("orders",)),
    Question("sheet", "GET", "/orders/{number}/payment", ("orders", "payments")),
    Question("buy", "POST", "/orders", ("orders", "cart", "catalog", "payments")),
    Question("cards", "GET", "/me/payment-methods", ("payments",)),
    Question("preferences", "GET", "/me/notification-preferences", ("notifications",)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and how long it took."""

    question: Question
    answer: Answer
    seconds: float
    repeat: Callable[[], Answer]
    """Asks the same again, under the same key, as a good client does until there is an answer."""

    @property
    def is_answered(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.answer.status < 300

    @property
    def says_to_come_again(self) -> bool:
        """Whoever is away, and whoever says so, the gateway or a service: 503, and when."""
        return self.answer.status == 503 and "retry-after" in self.answer.headers


class Customer:
    """Is logged in, has a cart with something in it, and an order that waits for its payment."""

    def __init__(self, shop: Split, sku: str) -> None:
        self._shop, self._sku = shop, sku
        self.email = f"ada-{uuid4().hex[:12]}@example.com"
        shop.call("tests.goods.customer_of", email=self.email, password=PASSWORD)
        login = insist("POST", self._url("/auth/token"), {"email": self.email, "password": PASSWORD})
        assert login.status == 200, login
        self._keep(login.body)
        self.buyer: Buyer = shop.buyer()
        self.buyer.email = self.email
        self.mine = self.buyer.fill_cart((sku, 1))
        assert self.buyer.buy((sku, 1)).status in {201, 202}
        self.buyer.await_status("awaiting_payment")

    def cart_for(self, question: Question) -> str:
        """The one that it is about; each is bought once."""
        return self.fill_cart() if question.name == "buy" else self.mine

    def put(self, question: Question, cart: str) -> Told:
        """Ask it about this cart, once."""
        path = question.path.format(slug=self._sku.lower(), cart=cart, number=self.buyer.order["number"])
        guest = question.name in {"order", "sheet"}
        head = {"Authorization": self.buyer.authorization if guest else self.authorization}
        body = None
        if question.method == "POST":
            head["Idempotency_Key"] = uuid4().hex
            body = self.buyer.order_body(cart) if question.name == "buy" else {"currency": "EUR"}
        began = time.monotonic()
        answer = ask(question.method, self._url(path), body, form=None, **head)
        seconds = time.monotonic() - began
        return Told(question, answer, seconds, lambda: insist(question.method, self._url(path), body, **head))

    def put_all(
        self, pool: ThreadPoolExecutor, questions: Iterable[Question], *, to_buy: str = ""
    ) -> list[tuple[Question, Future[Told]]]:
        """All at once; one of them may buy this cart."""
        return [(one, pool.submit(self.put, one, to_buy if one.name == "buy" else self.mine)) for one in questions]

    def fill_cart(self) -> str:
        """A cart that may be bought."""
        return self.buyer.fill_cart((self._sku, 1))

    @property
    def authorization(self) -> str:
        """The header that speaks for this customer."""
        return f"Bearer {self.tokens['access_token']}"

    def stay(self) -> None:
        """A client knows when its access token will be over, and gets another in time."""
        if time.monotonic() > self._since + FRESH_SECONDS:
            self.refresh()

    def refresh(self) -> None:
        """As every client does when its access token is over."""
        answer = insist("POST", self._url("/auth/token/refresh"), {"refresh_token": self.tokens["refresh_token"]})
        assert answer.status == 200, answer
        self._keep(answer.body)

    def _keep(self, tokens: Mapping[str, str]) -> None:
        self.tokens, self._since = tokens, time.monotonic()

    def _url(self, path: str) -> str:
        return f"{self._shop.url}/api/v1{path}"
