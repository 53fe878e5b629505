"""Orders over HTTP. An order is opened by its token, which placing it answers, or by the login of its customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart.contracts import CartChanged, CartMerged, CartNotFound, CartOrdered
from apps.catalog.contracts import OutOfStock
from apps.orders import queries
from apps.orders.contracts import CancelReason, CartNotReady, IllegalMove, OrderNotFound, PriceChanged
from apps.orders.models import Order
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.place_order import place_order
from apps.payments import api as payments
from apps.payments.contracts import PaymentNotFound, PaymentRefused
from shop.http.access import anyone, customer, guest_order, per_method, person_id
from shop.http.authentication import issue_order_token
from shop.http.etags import etag_at, etag_of
from shop.http.idempotency import idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView
from shop.principal import Principal

from .rendering import ORDER_SHAPE, find_sheet, render_order, render_sheet, render_summary
from .serializers import CancelBody, OrderAnswer, OrderPage, PaymentAnswer, PlacedAnswer, PlaceOrderBody


def person_or_cart(request: Request, _kwargs: dict[str, Any]) -> str:
    """Whose Idempotency-Key it is: the customer's; a guest's caller is the cart."""
    if person := request.principal.person_id:  # type: ignore[attr-defined]
        return f"person:{person}"
    body: Any = request.data
    return f"cart:{str(body.get('cart_id', '')).lower()}"


def holder_of_token(request: Request, _kwargs: dict[str, Any]) -> str:
    """Whose Idempotency-Key it is: a replay must not show one order to another's buyer."""
    return str(request.principal.subject)  # type: ignore[attr-defined]


def order_of(principal: Principal, number: str) -> Order:
    """The order that the token opens or whose customer is logged in; a stranger's does not exist."""
    if principal.person_id is not None:
        return queries.get_order_of_customer(number=number, customer_id=principal.person_id)
    kind, _, order_id = principal.subject.partition(":")
    if kind != "order":
        raise OrderNotFound("You have no order with this number.")
    return queries.get_order_of(number=number, order_id=UUID(order_id))


def answer(order: Order, status: int = 200) -> Response:
    """The order with its ETag."""
    return Response(render_order(order), status=status, headers={"ETag": etag_of(order.revision)})


class Orders(ApiView):
    access = per_method(customer, POST=anyone("a guest may order a cart whose id they know"))

    @extend_schema(operation_id="list_orders", summary="Your orders", parameters=PAGE_PARAMETERS, responses=OrderPage)
    def get(self, request: Request) -> Response:
        """The newest first, those included that you placed as a guest before your address was verified."""
        orders = queries.orders_of_customer(person_id(request))
        return list_answer(request, orders, order=("-created_at", "-id"), render=render_summary)

    @raises(CartNotFound, CartOrdered, CartMerged, CartChanged, CartNotReady, PriceChanged, OutOfStock, PaymentRefused)
    @extend_schema(operation_id="place_order", request=PlaceOrderBody, responses={201: PlacedAnswer, 202: PlacedAnswer})
    @idempotent(context="orders", caller=person_or_cart, required=True)
    def post(self, request: Request) -> Response:
        """Order a cart. 201: pay now, with `payment`. 202: it takes longer, look at the order again."""
        wanted = PlaceOrderBody(data=request.data).arguments(customer_id=request.principal.person_id)  # type: ignore[attr-defined]
        placed = place_order(order_id=request.operation_id, **wanted)  # type: ignore[attr-defined]
        request.sheet = placed.sheet  # type: ignore[attr-defined]
        response = answer(placed.order, 202 if placed.under_way else 201)
        response["Location"] = f"/api/v1/orders/{placed.order.number}"
        return response

    def live(self, request: Request, data: dict[str, Any]) -> dict[str, Any]:
        """What is never stored with the answer: the order's token and the payment sheet."""
        order_id = UUID(data["id"])
        sheet = getattr(request, "sheet", None)
        return {
            **data,
            "token": issue_order_token(order_id),
            "payment": render_sheet(sheet) if sheet else find_sheet(order_id),
        }


class OrderDetail(ApiView):
    access = guest_order

    @raises(OrderNotFound)
    @extend_schema(operation_id="get_order", parameters=ORDER_SHAPE.parameters, responses=OrderAnswer)
    def get(self, request: Request, number: str) -> Response:
        """Status, lines and timeline."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        data = ORDER_SHAPE.applied(request.GET, render_order(order))
        etag = etag_at(order.revision, data) if ORDER_SHAPE.asks(request.GET) else etag_of(order.revision)
        return Response(data, headers={"ETag": etag})


class CancelOrder(ApiView):
    access = guest_order

    @raises(OrderNotFound, IllegalMove)
    @extend_schema(operation_id="cancel_order", request=CancelBody, responses=OrderAnswer)
    @idempotent(context="orders", caller=holder_of_token)
    def post(self, request: Request, number: str) -> Response:
        """Before it is shipped. What was paid is sent back. If your payment was faster, the order stands."""
        body = CancelBody(data=request.data).checked()
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        return answer(cancel_order(order, actor="buyer", reason=CancelReason.CUSTOMER, detail=body["reason"]))


class OrderPayment(ApiView):
    access = guest_order

    @raises(OrderNotFound, PaymentNotFound)
    @extend_schema(operation_id="get_order_payment", responses=PaymentAnswer)
    def get(self, request: Request, number: str) -> Response:
        """What the payment sheet needs, asked of the provider now."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        return Response(render_sheet(payments.get_payment_sheet(order_id=order.pk)))
