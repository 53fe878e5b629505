"""Step 0 of the saga: the order's row, copied from the cart's live quote. From here on nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import IntegrityError

from apps.cart import api as cart
from apps.cart.contracts import CartOrdered, Quote
from apps.orders.contracts import CartNotReady, OrderStatus, PriceChanged
from apps.orders.models import Order, OrderEvent, OrderLine
from apps.orders.queries import owner_of
from apps.payments.contracts import PaymentMethod
from shop import ids
from shop.addresses import normalised_email
from shop.db import transact
from shop.errors import FieldError
from shop.faults import fault
from shop.money import Money

from . import news
from .advance_order import lease_end
from .payment_terms import check_terms, hold_seconds
from .ship_to import Wanted, addresses_of

NUMBER_TRIES = 5


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom to tell and where to send it."""

    email: str
    phone: str
    shipping: Wanted
    billing: Wanted | None = None
    """None is the shipping address."""
    note: str = ""
    customer_id: UUID | None = None
    """Who is logged in; None is a guest."""
    save_payment_method: bool = False


def create_order(
    *,
    order_id: UUID,
    cart_id: UUID,
    buyer: Buyer,
    expected_total: Money | None = None,
    payment_method: PaymentMethod = PaymentMethod.CARD,
) -> tuple[Order, bool]:
    """Store the order that `cart_id` is now; one read of cart, one transaction.

    The second value says whether it is leased to the caller; False when a twin of this operation was faster.
    Raises Invalid, CartNotReady, PriceChanged, PaymentMethodRefused, CartOrdered, CartNotFound.
    """
    ship_to, bill_to = addresses_of(shipping=buyer.shipping, billing=buyer.billing, customer_id=buyer.customer_id)
    try:
        quote = cart.get_quote(cart_id=cart_id, customer_id=buyer.customer_id)
    except CartOrdered as refusal:
        raise news.with_number_of_first_order(refusal) from refusal
    _check(quote, expected_total)
    email = normalised_email(buyer.email)
    check_terms(payment_method, quote, email=email, customer_id=buyer.customer_id)
    order = _order(order_id, quote, buyer, payment_method)
    order.shipping_address, order.billing_address = asdict(ship_to), asdict(bill_to)
    lines = _lines(order_id, quote)
    first = OrderEvent(order_id=order_id, at=order.created_at, to=OrderStatus.PENDING, actor="buyer")

    def effect() -> None:
        order.save(force_insert=True)
        OrderLine.objects.bulk_create(lines)
        first.save(force_insert=True)

    stored = _with_a_free_number(order, effect)
    fault("orders.place.created")
    return stored, stored is order


def _check(quote: Quote, expected_total: Money | None) -> None:
    if quote.problems:
        positions = {line.sku: position for position, line in enumerate(quote.lines)}
        errors = tuple(
            FieldError(f"/lines/{positions[one.sku]}" if one.sku else "/lines", one.code, one.detail)
            for one in quote.problems
        )
        if all(one.code == "price_changed" for one in quote.problems):
            raise PriceChanged(quote.problems[0].detail, errors=errors, actual=asdict(quote.total))
        raise CartNotReady(quote.problems[0].detail, errors=errors)
    if expected_total is not None and expected_total != quote.total:
        raise PriceChanged(
            f"The total is {quote.total} now, not {expected_total}.",
            expected=asdict(expected_total),
            actual=asdict(quote.total),
        )


def _with_a_free_number(order: Order, effect: Callable[[], None]) -> Order:
    """Another number when it is taken; the order itself when a twin of this operation was faster."""
    for attempt in range(NUMBER_TRIES):
        order.number = ids.public_code("SO")
        try:
            transact("orders", effect)
        except IntegrityError:
            twin = Order.objects.filter(pk=order.pk).first()
            if twin is not None:
                return twin
            if attempt == NUMBER_TRIES - 1:
                raise
        else:
            return order
    raise AssertionError("unreachable")


def _order(order_id: UUID, quote: Quote, buyer: Buyer, payment_method: PaymentMethod) -> Order:
    email = normalised_email(buyer.email)
    return Order(
        id=order_id,
        cart_id=quote.cart_id,
        cart_revision=quote.revision,
        customer_id=buyer.customer_id or owner_of(email),
        by_customer=buyer.customer_id is not None,
        save_payment_method=buyer.save_payment_method,
        email=email,
        phone=buyer.phone,
        note=buyer.note,
        currency=quote.currency,
        subtotal_minor=quote.subtotal.amount,
        shipping_minor=quote.shipping.amount,
        tax_minor=quote.tax.amount,
        tax_included=quote.tax_included,
        total_minor=quote.total.amount,
        payment_method=payment_method,
        hold_seconds=hold_seconds(payment_method),
        due=lease_end(),
        attempts=1,
    )


def _lines(order_id: UUID, quote: Quote) -> list[OrderLine]:
    return [
        OrderLine(
            order_id=order_id,
            position=position,
            sku=line.sku,
            product_id=line.product_id,
            name=line.name,
            quantity=line.quantity,
            unit_price_minor=line.unit_price.amount,
            total_minor=line.total.amount,
            tax_minor=line.tax.amount,
            tax_class=line.tax_class,
            tax_rate=line.tax_rate,
        )
        for position, line in enumerate(quote.lines)
    ]
