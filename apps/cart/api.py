"""Door 1 of cart: what may be asked of it. Signatures only; bodies are in queries.py and services/."""

from __future__ import annotations

from uuid import UUID

from shop.ports import command, query

from .contracts import CheckOut, Filled, Quote, WantedLine


@query
def get_quote(*, cart_id: UUID, customer_id: UUID | None) -> Quote:
    """The cart with live prices, shipping, tax, total and problems.

    A customer's cart is only for that customer: CartNotFound for everybody else. A guest's is for whoever knows
    its id. Raises CartNotFound, CartOrdered or CartMerged.
    """


@command(key="order_id")
def check_out(*, order_id: UUID, cart_id: UUID, revision: int) -> CheckOut:
    """Close the cart for `order_id`: open -> ordered.

    Raises CartOrdered (params: order_id, the other order), CartChanged when the revision is no
    longer the cart's or the order was reopened before, CartNotFound.
    """


@command(key="order_id")
def reopen(*, order_id: UUID, cart_id: UUID) -> bool:
    """Open the cart again after its order was cancelled unpaid; before the check-out, forbid it.

    A customer who has another open cart by now finds the lines there: this one is merged into it, of a SKU in both
    the larger quantity. True if what was in the cart is open for its buyer again. Harmless for a cart that is not
    this order's.
    """


@command(key="cart_id", calls_out=True)
def fill_cart(*, cart_id: UUID, customer_id: UUID | None, currency: str, lines: tuple[WantedLine, ...]) -> Filled:
    """A new cart with what is for sale of `lines`, as far as the stock goes; a customer's goes into the one they have.

    Nothing for sale makes no cart. Repeating it with one `cart_id` fills nothing twice. Raises CartOrdered when the
    cart was ordered meanwhile.
    """
