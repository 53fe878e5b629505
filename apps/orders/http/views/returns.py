"""Returns over HTTP: the buyer asks, staff answers, receives and pays back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders import queries
from apps.orders.contracts import (
    IllegalMove,
    NotReturnable,
    OrderNotFound,
    RefundTooMuch,
    ReturnNotFound,
    ReturnStatus,
    ReturnWindowOver,
)
from apps.orders.http.permissions import actor_of, is_others, order_of
from apps.orders.http.rendering import render_refund, render_return, render_returns
from apps.orders.http.serializers.orders import NothingBody
from apps.orders.http.serializers.returns import (
    AuthoriseReturnBody,
    CloseReturnBody,
    ReceiveReturnBody,
    RefundAnswer,
    RefundReturnBody,
    RejectReturnBody,
    RequestReturnBody,
    ReturnAnswer,
    ReturnPage,
    ReturnsAnswer,
)
from apps.orders.models import Order, Return
from apps.orders.services.answer_return import authorise_return, close_return, reject_return, withdraw_return
from apps.orders.services.receive_return import receive_return
from apps.orders.services.refund_return import refund_return
from apps.orders.services.request_return import request_return
from apps.payments.contracts import RefundRefused
from shop.errors import FieldError, Forbidden, Invalid
from shop.http.access import guest_order, staff
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer, unpaged
from shop.http.schema import raises
from shop.http.views import ApiView

FOUND = (OrderNotFound, ReturnNotFound, IllegalMove)
STATUS = OpenApiParameter("status", str, enum=[status.value for status in ReturnStatus], description="Only these.")


def _found(number: str, return_id: UUID) -> tuple[Order, Return]:
    order = queries.get_order(number=number)
    return order, queries.get_return(order_id=order.pk, return_id=return_id)


def _answer(order: Order, back: Return, status: int = 200) -> Response:
    return Response(render_return(back, order.number, queries.get_return_lines([back.pk])), status=status)


def _status(request: Request) -> ReturnStatus | None:
    asked = request.GET.get("status")
    if asked is not None and asked not in set(ReturnStatus):
        known = ", ".join(ReturnStatus)
        raise Invalid(errors=(FieldError("/status", "unknown_status", f"One of {known}."),))
    return None if asked is None else ReturnStatus(asked)


class AllReturns(ApiView):
    access = staff("orders:read")

    @extend_schema(
        operation_id="list_returns",
        summary="Returns of all orders",
        parameters=[*PAGE_PARAMETERS, STATUS],
        responses=ReturnPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first; `status=requested` is what waits for an answer."""
        found = queries.all_returns(state=_status(request)).select_related("order").prefetch_related("lines")
        return list_answer(request, found, order=("-id",), render=_render, filters=("status",))


def _render(back: Return) -> dict[str, Any]:
    return render_return(back, back.order.number, list(back.lines.all()))


class Returns(ApiView):
    access = guest_order

    @raises(OrderNotFound)
    @extend_schema(operation_id="list_order_returns", summary="Returns of an order", responses=ReturnsAnswer)
    @unpaged("a unit of an order is in one return at a time")
    def get(self, request: Request, number: str) -> Response:
        """Oldest first, with what the shop answered."""
        return Response({"data": render_returns(order_of(request.principal, number))})  # type: ignore[attr-defined]

    @raises(OrderNotFound, IllegalMove, NotReturnable, ReturnWindowOver)
    @extend_schema(
        operation_id="request_return",
        summary="Ask to send something back",
        request=RequestReturnBody,
        responses={201: ReturnAnswer},
    )
    @idempotent(context="orders", caller=by_subject, required=True)
    def post(self, request: Request, number: str) -> Response:
        """Of what was shipped and is in no other return, while the time for it lasts. Staff may at any time."""
        wish = RequestReturnBody(data=request.data).wish()
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        if is_others(request.principal, order) and not request.principal.has("orders:fulfil"):  # type: ignore[attr-defined]
            raise Forbidden("Your roles do not allow to ask for returns.")
        back = request_return(
            order,
            return_id=request.operation_id,  # type: ignore[attr-defined]
            wish=wish,
            actor=actor_of(request.principal, order),  # type: ignore[attr-defined]
        )
        return _answer(order, back, 201)


class ReturnDetail(ApiView):
    access = guest_order

    @raises(OrderNotFound, ReturnNotFound)
    @extend_schema(operation_id="get_return", summary="One return", responses=ReturnAnswer)
    def get(self, request: Request, number: str, return_id: UUID) -> Response:
        """Where it is, and what came of it."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        return _answer(order, queries.get_return(order_id=order.pk, return_id=return_id))


class WithdrawReturn(ApiView):
    access = guest_order

    @raises(*FOUND)
    @extend_schema(operation_id="withdraw_return", summary="Keep it", request=NothingBody, responses=ReturnAnswer)
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str, return_id: UUID) -> Response:
        """The buyer keeps it after all: possible until it has come. It may be asked for again."""
        NothingBody(data=request.data).checked()
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        if is_others(request.principal, order):  # type: ignore[attr-defined]
            raise Forbidden("This is the buyer's to do: staff rejects a return.")
        back = queries.get_return(order_id=order.pk, return_id=return_id)
        return _answer(order, withdraw_return(order, back, actor="buyer"))


class AuthoriseReturn(ApiView):
    access = staff("orders:fulfil")

    @raises(*FOUND)
    @extend_schema(
        operation_id="authorise_return", summary="Allow it", request=AuthoriseReturnBody, responses=ReturnAnswer
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str, return_id: UUID) -> Response:
        """The buyer may send it back, and is told."""
        message = AuthoriseReturnBody(data=request.data).checked()["message"]
        order, back = _found(number, return_id)
        return _answer(order, authorise_return(order, back, answer=message, actor=actor_of(request.principal)))  # type: ignore[attr-defined]


class RejectReturn(ApiView):
    access = staff("orders:fulfil")

    @raises(*FOUND)
    @extend_schema(operation_id="reject_return", summary="Refuse it", request=RejectReturnBody, responses=ReturnAnswer)
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str, return_id: UUID) -> Response:
        """The buyer is told why not. Possible until it has come."""
        message = RejectReturnBody(data=request.data).checked()["message"]
        order, back = _found(number, return_id)
        return _answer(order, reject_return(order, back, answer=message, actor=actor_of(request.principal)))  # type: ignore[attr-defined]


class ReceiveReturn(ApiView):
    access = staff("orders:fulfil")

    @raises(*FOUND)
    @extend_schema(operation_id="receive_return", summary="It came", request=ReceiveReturnBody, responses=ReturnAnswer)
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str, return_id: UUID) -> Response:
        """How much of each line, in what condition, and whether it goes on a shelf again. The buyer is told."""
        came = ReceiveReturnBody(data=request.data).came()
        order, back = _found(number, return_id)
        return _answer(order, receive_return(order, back, came=came, actor=actor_of(request.principal)))  # type: ignore[attr-defined]


class RefundReturn(ApiView):
    access = staff("orders:refund")

    @raises(*FOUND, RefundTooMuch, RefundRefused)
    @extend_schema(
        operation_id="refund_return",
        summary="Pay it back",
        request=RefundReturnBody,
        responses={201: RefundAnswer},
    )
    @idempotent(context="orders", caller=by_subject, required=True)
    def post(self, request: Request, number: str, return_id: UUID) -> Response:
        """What came is worth what it cost, tax included; never more than is kept of the payment."""
        wanted = RefundReturnBody(data=request.data).arguments()
        order, back = _found(number, return_id)
        row = refund_return(
            order,
            back,
            refund_id=request.operation_id,  # type: ignore[attr-defined]
            actor=actor_of(request.principal),  # type: ignore[attr-defined]
            **wanted,
        )
        return Response(render_refund(row, for_staff=True), status=201)


class CloseReturn(ApiView):
    access = staff("orders:refund")

    @raises(*FOUND)
    @extend_schema(
        operation_id="close_return", summary="Pay nothing back", request=CloseReturnBody, responses=ReturnAnswer
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str, return_id: UUID) -> Response:
        """It came, and no money goes back for it; the reason is shown to the buyer."""
        message = CloseReturnBody(data=request.data).checked()["message"]
        order, back = _found(number, return_id)
        return _answer(order, close_return(order, back, answer=message, actor=actor_of(request.principal)))  # type: ignore[attr-defined]
