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
from apps.orders.contracts import (
    CancelReason,
    CartNotReady,
    IllegalMove,
    OrderNotFound,
    PaymentMethodRefused,
    PriceChanged,
)
from apps.orders.http.filters import NAMES, PARAMETERS, narrowed
from apps.orders.http.permissions import actor_of, check_buyer, is_others, order_of
from apps.orders.http.rendering import (
    ORDER_SHAPE,
    find_sheet,
    moment,
    render_order,
    render_sheet,
    render_summary,
)
from apps.orders.http.serializers.orders import (
    CancelBody,
    OrderAnswer,
    OrderPage,
    PaymentAnswer,
    PlacedAnswer,
    PlaceOrderBody,
)
from apps.orders.models import Order
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.place_order import Placed, place_order
from apps.payments import api as payments
from apps.payments.contracts import PaymentNotFound, PaymentRefused
from shop.errors import FieldError, Forbidden, Invalid
from shop.http.access import anyone, customer, guest_order, per_method, person_id
from shop.http.authentication import issue_order_token
from shop.http.etags import etag_at, etag_of, untagged
from shop.http.idempotency import by_person_or, by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView
from shop.principal import Principal


def person_or_cart(request: Request, _kwargs: dict[str, Any]) -> str:
    """Whose Idempotency-Key it is: the customer's; a guest's caller is the cart."""
    body: Any = request.data
    return by_person_or(request, f"cart:{str(body.get('cart_id', '')).lower()}")


def answer(order: Order, status: int = 200) -> Response:
    """The order with its ETag."""
    return Response(render_order(order), status=status, headers={"ETag": etag_of(order.revision)})


def _sheet(placed: Placed | None, order_id: UUID, pay_until: str) -> dict[str, Any] | None:
    """Asked for, unless this request has just opened the payment, or could not in all its time."""
    if placed is not None and placed.sheet is not None:
        return render_sheet(placed.sheet, pay_until)
    return None if placed is not None and placed.under_way else find_sheet(order_id, pay_until)


class Orders(ApiView):
    access = per_method(customer, POST=anyone("a guest may order a cart whose id they know"))

    @extend_schema(
        operation_id="list_orders",
        summary="Your orders",
        parameters=[*PAGE_PARAMETERS, *PARAMETERS],
        responses=OrderPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first, those included that you placed as a guest before your address was verified.

        Staff with `orders:read` see everybody's.
        """
        if request.principal.has("orders:read"):  # type: ignore[attr-defined]
            found = queries.all_orders()
        else:
            found = queries.orders_of_customer(person_id(request))
        orders = narrowed(found, request.GET)
        return list_answer(request, orders, order=("-created_at", "-id"), render=render_summary, filters=NAMES)

    @raises(
        CartNotFound,
        CartOrdered,
        CartMerged,
        CartChanged,
        CartNotReady,
        PriceChanged,
        OutOfStock,
        PaymentMethodRefused,
        PaymentRefused,
    )
    @extend_schema(operation_id="place_order", request=PlaceOrderBody, responses={201: PlacedAnswer, 202: PlacedAnswer})
    @idempotent(context="orders", caller=person_or_cart, required=True)
    def post(self, request: Request) -> Response:
        """Order a cart. 201: pay now, with `payment`. 202: it takes longer, look at the order again."""
        wanted = PlaceOrderBody(data=request.data).arguments(customer_id=request.principal.person_id)  # type: ignore[attr-defined]
        placed = place_order(order_id=request.operation_id, **wanted)  # type: ignore[attr-defined]
        request.placed = placed  # type: ignore[attr-defined]
        response = answer(placed.order, 202 if placed.under_way else 201)
        response["Location"] = f"/api/v1/orders/{placed.order.number}"
        return response

    def live(self, request: Request, data: dict[str, Any]) -> dict[str, Any]:
        """What is never stored with the answer: the order's token and the payment sheet."""
        order_id = UUID(data["id"])
        placed: Placed | None = getattr(request, "placed", None)
        return {
            **data,
            "token": issue_order_token(order_id, since=moment(data["created_at"])),
            "payment": _sheet(placed, order_id, data["pay_until"]),
        }


class OrderDetail(ApiView):
    access = guest_order

    @raises(OrderNotFound)
    @extend_schema(operation_id="get_order", parameters=ORDER_SHAPE.parameters, responses=OrderAnswer)
    def get(self, request: Request, number: str) -> Response:
        """Status, lines and timeline; `expand=payment` is for the buyer alone."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        if ORDER_SHAPE.expands(request.GET, "payment"):
            check_buyer(request.principal, order)  # type: ignore[attr-defined]
        for_staff = is_others(request.principal, order)  # type: ignore[attr-defined]
        data = ORDER_SHAPE.applied(request.GET, render_order(order, for_staff=for_staff))
        return Response(data, headers={"ETag": etag_at(order.revision, data)})  # news grow no revision


class CancelOrder(ApiView):
    access = guest_order

    @raises(OrderNotFound, IllegalMove)
    @extend_schema(operation_id="cancel_order", request=CancelBody, responses=OrderAnswer)
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str) -> Response:
        """Before it is shipped. What was paid is sent back. If your payment was faster, the order stands."""
        body = CancelBody(data=request.data).checked()
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        who = _who_cancels(request.principal, order)  # type: ignore[attr-defined]
        if who["reason"] == CancelReason.STAFF and not body["reason"]:
            raise Invalid(errors=(FieldError("/reason", "required", "Staff says why an order is cancelled."),))
        return answer(cancel_order(order, detail=body["reason"], **who))


def _who_cancels(principal: Principal, order: Order) -> dict[str, Any]:
    """Staff cancel others' orders in the name of the shop; who fulfils or refunds orders may."""
    if is_others(principal, order):
        if not (principal.has("orders:fulfil") or principal.has("orders:refund")):
            raise Forbidden("Your roles do not allow to cancel orders.")
        return {"actor": actor_of(principal), "reason": CancelReason.STAFF}
    return {"actor": "buyer", "reason": CancelReason.CUSTOMER}


class OrderPayment(ApiView):
    access = guest_order

    @raises(OrderNotFound, PaymentNotFound)
    @extend_schema(operation_id="get_order_payment", responses=PaymentAnswer)
    @untagged("it is the provider's state, asked now")
    def get(self, request: Request, number: str) -> Response:
        """What the payment sheet needs, asked of the provider now, or what to write on the bank transfer.

        For the buyer alone, not for staff.
        """
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        check_buyer(request.principal, order)  # type: ignore[attr-defined]
        return Response(render_sheet(payments.get_payment_sheet(order_id=order.pk), order.pay_until))
