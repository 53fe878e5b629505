"""Carts over HTTP: every answer is the live quote. Who knows a guest's id holds it; a customer's is only theirs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart import queries
from apps.cart.contracts import CartMerged, CartNotFound, CartOrdered, CartStale, Quote
from apps.cart.services.acknowledge_prices import acknowledge_prices
from apps.cart.services.add_line import add_line
from apps.cart.services.attach_cart import attach_cart
from apps.cart.services.change_currency import change_currency
from apps.cart.services.clear_lines import clear_lines
from apps.cart.services.create_cart import create_cart
from apps.cart.services.look_at_cart import look_at_cart
from apps.cart.services.put_line import put_line
from apps.cart.services.remove_line import remove_line
from apps.cart.services.set_quantity import set_quantity
from apps.catalog.contracts import UnknownSku
from shop.http.access import anyone, customer, holder
from shop.http.etags import etag_at, if_match, revision_wanted
from shop.http.idempotency import by_person_or, idempotent, is_random
from shop.http.schema import raises
from shop.http.views import ApiView

from .rendering import QUOTE_SHAPE
from .serializers import (
    AddLineBody,
    AttachBody,
    AttachedAnswer,
    ChangeCartBody,
    CreateCartBody,
    NoBody,
    QuoteAnswer,
    SetQuantityBody,
    render_attached,
    render_quote,
)


def answer(quote: Quote, status: int = 200, **headers: str) -> Response:
    """The quote with its ETag, which is good for If-Match; prices are live, so it tells of those too."""
    return shown(render_quote(quote), quote.revision, status=status, **headers)


def shown(data: dict[str, Any], revision: int, status: int = 200, **headers: str) -> Response:
    """A cart as it was asked for."""
    return Response(data, status=status, headers={"ETag": etag_at(revision, data), **headers})


def person_of(request: Request) -> UUID | None:
    """The customer who is logged in; None for a guest."""
    person: UUID | None = request.principal.person_id  # type: ignore[attr-defined]
    return person


def person_or_cart(request: Request, kwargs: dict[str, Any]) -> str:
    """Whose Idempotency-Key it is: the customer's; a guest's caller is the cart."""
    return by_person_or(request, f"cart:{kwargs['cart_id']}")


def person_or_random(request: Request, _kwargs: dict[str, Any]) -> str | None:
    """Whose Idempotency-Key it is, where a guest has no cart yet: a key that can be guessed is not used.

    Else it would open the cart of the stranger who sent it first.
    """
    caller = by_person_or(request, "guests")
    return caller if caller != "guests" or is_random(request.META["HTTP_IDEMPOTENCY_KEY"]) else None


class Carts(ApiView):
    access = anyone("a guest may fill a cart")

    @extend_schema(operation_id="create_cart", request=CreateCartBody, responses={200: QuoteAnswer, 201: QuoteAnswer})
    @idempotent(context="cart", caller=person_or_random)
    def post(self, request: Request) -> Response:
        """A new, empty cart. A guest's id opens it: keep it secret. A customer has one: 200 answers the one they have.

        A guest's Idempotency-Key is used if it is a random UUID or 32 hexadecimal digits, and ignored else.
        """
        quote, made = create_cart(**CreateCartBody(data=request.data).checked(), customer_id=person_of(request))
        return answer(quote, 201 if made else 200, Location=f"/api/v1/carts/{quote.cart_id}")


class MyCart(ApiView):
    access = customer

    @raises(CartNotFound)
    @extend_schema(operation_id="get_my_cart", parameters=QUOTE_SHAPE.parameters, responses=QuoteAnswer)
    def get(self, request: Request) -> Response:
        """The one open cart of the customer who is logged in; 404 without one: POST /carts makes it."""
        cart_id = queries.own_cart(request.principal.person_id)  # type: ignore[attr-defined]
        quote = look_at_cart(cart_id=cart_id, customer_id=person_of(request))
        return shown(QUOTE_SHAPE.applied(request.GET, render_quote(quote)), quote.revision)


class CartDetail(ApiView):
    access = holder("the cart")

    @raises(CartNotFound, CartOrdered, CartMerged)
    @extend_schema(operation_id="get_cart", parameters=QUOTE_SHAPE.parameters, responses=QuoteAnswer)
    def get(self, request: Request, cart_id: UUID) -> Response:
        """The cart with live prices, totals and problems."""
        quote = look_at_cart(cart_id=cart_id, customer_id=person_of(request))
        return shown(QUOTE_SHAPE.applied(request.GET, render_quote(quote)), quote.revision)

    @raises(CartNotFound, CartOrdered, CartMerged, CartStale)
    @extend_schema(operation_id="change_cart", request=ChangeCartBody, responses=QuoteAnswer)
    @if_match()
    def patch(self, request: Request, cart_id: UUID) -> Response:
        """Another currency: all lines are priced anew, those without a price become problems. Honours If-Match."""
        body, revision = ChangeCartBody(data=request.data).checked(), revision_wanted(request)
        return answer(change_currency(cart_id=cart_id, customer_id=person_of(request), revision=revision, **body))


class AttachCart(ApiView):
    access = customer

    @raises(CartNotFound, CartOrdered, CartMerged)
    @extend_schema(operation_id="attach_cart", request=AttachBody, responses={200: AttachedAnswer})
    @idempotent(context="cart", caller=person_or_cart)
    def post(self, request: Request, cart_id: UUID) -> Response:
        """After login: make a guest's cart yours, or merge it into the one you have. Repeating it is harmless.

        The answer is your one open cart. `merge` adds quantities up to the stock and to the limit of a line, and tells
        in `adjusted` where that was less.
        """
        person: UUID = request.principal.person_id  # type: ignore[attr-defined]
        attached = attach_cart(cart_id=cart_id, customer_id=person, **AttachBody(data=request.data).arguments())
        return shown(render_attached(attached), attached.quote.revision)


class AcknowledgePrices(ApiView):
    access = holder("the cart")

    @raises(CartNotFound, CartOrdered, CartMerged)
    @extend_schema(operation_id="acknowledge_cart_prices", request=NoBody, responses={200: QuoteAnswer})
    @idempotent(context="cart", caller=person_or_cart)
    def post(self, request: Request, cart_id: UUID) -> Response:
        """The buyer accepts the live prices, which the answer shows: no line is `price_changed` any more."""
        NoBody(data=request.data).checked()
        return answer(acknowledge_prices(cart_id=cart_id, customer_id=person_of(request)))


class CartLines(ApiView):
    access = holder("the cart")

    @raises(CartNotFound, CartOrdered, CartMerged, UnknownSku)
    @extend_schema(operation_id="add_cart_line", request=AddLineBody, responses={200: QuoteAnswer})
    @idempotent(context="cart", caller=person_or_cart)
    def post(self, request: Request, cart_id: UUID) -> Response:
        """So many more of a SKU. More than is in stock is told as a problem."""
        body = AddLineBody(data=request.data).checked()
        return answer(add_line(cart_id=cart_id, customer_id=person_of(request), **body))

    @raises(CartNotFound, CartOrdered, CartMerged, CartStale)
    @extend_schema(operation_id="clear_cart", responses={200: QuoteAnswer})
    @if_match()
    def delete(self, request: Request, cart_id: UUID) -> Response:
        """Take all lines out; the cart stays. Honours If-Match."""
        revision = revision_wanted(request)
        return answer(clear_lines(cart_id=cart_id, customer_id=person_of(request), revision=revision))


class CartLineDetail(ApiView):
    access = holder("the cart")

    @raises(CartNotFound, CartOrdered, CartMerged, CartStale, UnknownSku)
    @extend_schema(operation_id="put_cart_line", request=SetQuantityBody, responses={200: QuoteAnswer})
    @if_match()
    def put(self, request: Request, cart_id: UUID, sku: str) -> Response:
        """Exactly so many, whether the SKU is in the cart or not. Honours If-Match."""
        body, revision = SetQuantityBody(data=request.data).checked(), revision_wanted(request)
        person = person_of(request)
        return answer(put_line(cart_id=cart_id, customer_id=person, sku=sku, revision=revision, **body))

    @raises(CartNotFound, CartOrdered, CartMerged, CartStale)
    @extend_schema(operation_id="set_cart_line", request=SetQuantityBody, responses=QuoteAnswer)
    @if_match()
    def patch(self, request: Request, cart_id: UUID, sku: str) -> Response:
        """Exactly so many of a line that is there. Honours If-Match."""
        body, revision = SetQuantityBody(data=request.data).checked(), revision_wanted(request)
        person = person_of(request)
        return answer(set_quantity(cart_id=cart_id, customer_id=person, sku=sku, revision=revision, **body))

    @raises(CartNotFound, CartOrdered, CartMerged, CartStale)
    @extend_schema(operation_id="remove_cart_line", responses={200: QuoteAnswer})
    @if_match()
    def delete(self, request: Request, cart_id: UUID, sku: str) -> Response:
        """Take the line out; repeating it is harmless. Honours If-Match."""
        person = person_of(request)
        return answer(remove_line(cart_id=cart_id, customer_id=person, sku=sku, revision=revision_wanted(request)))
