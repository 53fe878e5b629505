"""Refunds of an order over HTTP: the buyer sees them, finance makes them, in parts and as often as money is left."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders import queries
from apps.orders.contracts import CancelInstead, IllegalMove, OrderNotFound, RefundTooMuch
from apps.orders.http.permissions import actor_of, is_others, order_of
from apps.orders.http.rendering import render_refund
from apps.orders.http.serializers.refunds import RefundOrderBody, RefundsAnswer
from apps.orders.http.serializers.returns import RefundAnswer
from apps.orders.services.refund_order import refund_order
from apps.payments.contracts import RefundRefused
from shop.http.access import guest_order, per_method, staff
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import unpaged
from shop.http.schema import raises
from shop.http.views import ApiView
from shop.money import Money


class Refunds(ApiView):
    access = per_method(guest_order, POST=staff("orders:refund"))

    @raises(OrderNotFound)
    @extend_schema(operation_id="list_refunds", summary="What was sent back of an order", responses=RefundsAnswer)
    @unpaged("refunds of one order end with its money")
    def get(self, request: Request, number: str) -> Response:
        """Oldest first, those that were refused included."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        rows = queries.get_refunds(order.pk)
        for_staff = is_others(request.principal, order)  # type: ignore[attr-defined]
        kept = Money(queries.kept_of(order, rows), order.currency)
        return Response({"data": [render_refund(row, for_staff=for_staff) for row in rows], "kept": kept})

    @raises(OrderNotFound, IllegalMove, RefundTooMuch, CancelInstead, RefundRefused)
    @extend_schema(
        operation_id="refund_order",
        summary="Send money back",
        request=RefundOrderBody,
        responses={201: RefundAnswer},
    )
    @idempotent(context="orders", caller=by_subject, required=True)
    def post(self, request: Request, number: str) -> Response:
        """A part of what was paid, with a reason; the order stays where it is. The buyer is told."""
        wanted = RefundOrderBody(data=request.data).arguments()
        row = refund_order(
            queries.get_order(number=number),
            refund_id=request.operation_id,  # type: ignore[attr-defined]
            actor=actor_of(request.principal),  # type: ignore[attr-defined]
            **wanted,
        )
        return Response(render_refund(row, for_staff=True), status=201)
