"""Carts over HTTP: every answer is the live quote. Whoever knows a cart's id holds it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.services.add_line import add_line
from apps.cart.services.create_cart import create_cart
from apps.cart.services.remove_line import remove_line
from apps.cart.services.set_quantity import set_quantity
from shop.http.access import anyone, holder
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import idempotent, unrepeatable
from shop.http.views import ApiView

from .serializers import AddLineBody, CreateCartBody, QuoteAnswer, SetQuantityBody, render_quote


def answer(quote: Quote, status: int = 200, **headers: str) -> Response:
    """The quote with its ETag, which is good for If-Match; prices are live, so nothing is cached."""
    return Response(render_quote(quote), status=status, headers={"ETag": etag_of(quote.revision), **headers})


def holder_of_cart(_request: Request, kwargs: dict[str, Any]) -> str:
    """Whose Idempotency-Key it is: a guest's caller is the cart."""
    return f"cart:{kwargs['cart_id']}"


class Carts(ApiView):
    access = anyone("a guest may fill a cart")

    @extend_schema(operation_id="create_cart", request=CreateCartBody, responses={201: QuoteAnswer})
    @unrepeatable("nobody is known yet whose key it could be, and an empty cart too many is nothing")
    def post(self, request: Request) -> Response:
        """A new, empty cart. Its id opens it: keep it secret."""
        quote = create_cart(**CreateCartBody(data=request.data).checked())
        return answer(quote, 201, Location=f"/api/v1/carts/{quote.cart_id}")


class CartDetail(ApiView):
    access = holder("the cart")

    @extend_schema(operation_id="get_cart", responses=QuoteAnswer)
    def get(self, _request: Request, cart_id: UUID) -> Response:
        """The cart with live prices, totals and problems."""
        return answer(queries.get_quote(cart_id=cart_id))


class CartLines(ApiView):
    access = holder("the cart")

    @extend_schema(operation_id="add_cart_line", request=AddLineBody, responses={200: QuoteAnswer})
    @idempotent(context="cart", caller=holder_of_cart)
    def post(self, request: Request, cart_id: UUID) -> Response:
        """So many more of a SKU. More than is in stock is told as a problem."""
        return answer(add_line(cart_id=cart_id, **AddLineBody(data=request.data).checked()))


class CartLineDetail(ApiView):
    access = holder("the cart")

    @extend_schema(operation_id="set_cart_line", request=SetQuantityBody, responses=QuoteAnswer)
    @if_match()
    def patch(self, request: Request, cart_id: UUID, sku: str) -> Response:
        """Exactly so many, at the price that is shown now. Honours If-Match."""
        body = SetQuantityBody(data=request.data).checked()
        return answer(set_quantity(cart_id=cart_id, sku=sku, revision=revision_wanted(request), **body))

    @extend_schema(operation_id="remove_cart_line", responses={200: QuoteAnswer})
    @if_match()
    def delete(self, request: Request, cart_id: UUID, sku: str) -> Response:
        """Take the line out; repeating it is harmless. Honours If-Match."""
        return answer(remove_line(cart_id=cart_id, sku=sku, revision=revision_wanted(request)))
