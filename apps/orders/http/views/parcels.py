"""Parcels over HTTP: fulfilment sends, labels and hands them over; the buyer sees them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders import queries
from apps.orders.contracts import IllegalMove, NothingLeftToShip, OrderNotFound, ParcelNotFound
from apps.orders.http.permissions import actor_of, order_of
from apps.orders.http.rendering import render_parcel, render_parcels
from apps.orders.http.serializers.orders import NothingBody
from apps.orders.http.serializers.parcels import LabelParcelBody, ParcelAnswer, ParcelsAnswer, ShipParcelBody
from apps.orders.models import Parcel
from apps.orders.services.deliver_parcel import deliver_parcel
from apps.orders.services.label_parcel import label_parcel
from apps.orders.services.ship_parcel import ship_parcel
from shop.http.access import guest_order, per_method, staff
from shop.http.etags import check_match, etag_of, if_match
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import unpaged
from shop.http.rendering import to_json
from shop.http.schema import raises
from shop.http.views import ApiView


class Parcels(ApiView):
    access = per_method(guest_order, POST=staff("orders:fulfil"))

    @raises(OrderNotFound)
    @extend_schema(operation_id="list_parcels", summary="What left of an order", responses=ParcelsAnswer)
    @unpaged("an order has as many parcels as it has lines, at the most")
    def get(self, request: Request, number: str) -> Response:
        """Oldest first, with tracking numbers."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        return Response({"data": render_parcels(order.pk)})

    @raises(OrderNotFound, IllegalMove, NothingLeftToShip)
    @extend_schema(
        operation_id="ship_parcel", summary="Send a parcel", request=ShipParcelBody, responses={201: ParcelAnswer}
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str) -> Response:
        """Some of the order's lines, or all that is left. The buyer is told, with the tracking number."""
        parcel = ship_parcel(
            queries.get_order(number=number),
            parcel_id=request.operation_id,  # type: ignore[attr-defined]
            actor=actor_of(request.principal),  # type: ignore[attr-defined]
            **ShipParcelBody(data=request.data).arguments(),
        )
        return Response(_parcel(parcel), status=201)


class ParcelDetail(ApiView):
    access = per_method(guest_order, PATCH=staff("orders:fulfil"))

    @raises(OrderNotFound, ParcelNotFound)
    @extend_schema(operation_id="get_parcel", summary="One parcel", responses=ParcelAnswer)
    def get(self, request: Request, number: str, parcel_id: UUID) -> Response:
        """What is in it, and what it can be followed by."""
        order = order_of(request.principal, number)  # type: ignore[attr-defined]
        return _tagged(queries.get_parcel(order_id=order.pk, parcel_id=parcel_id))

    @raises(OrderNotFound, ParcelNotFound)
    @extend_schema(
        operation_id="label_parcel", summary="Put its label right", request=LabelParcelBody, responses=ParcelAnswer
    )
    @if_match()
    def patch(self, request: Request, number: str, parcel_id: UUID) -> Response:
        """Carrier, tracking number and address, after it left. The buyer is told while it is on its way."""
        parcel = label_parcel(
            queries.get_order(number=number),
            parcel_id=parcel_id,
            changes=LabelParcelBody(data=request.data).checked(),
            actor=actor_of(request.principal),  # type: ignore[attr-defined]
            check=lambda now: check_match(request, etag_of(to_json(_parcel(now)))),
        )
        return _tagged(parcel)


class DeliverParcel(ApiView):
    access = staff("orders:fulfil")

    @raises(OrderNotFound, ParcelNotFound)
    @extend_schema(
        operation_id="deliver_parcel", summary="A parcel arrived", request=NothingBody, responses=ParcelAnswer
    )
    @idempotent(context="orders", caller=by_subject)
    def post(self, request: Request, number: str, parcel_id: UUID) -> Response:
        """Mark it delivered; with the last one the order is. Repeating it changes nothing."""
        NothingBody(data=request.data).checked()
        order = queries.get_order(number=number)
        parcel = deliver_parcel(order, parcel_id=parcel_id, actor=actor_of(request.principal))  # type: ignore[attr-defined]
        return Response(_parcel(parcel))


def _parcel(parcel: Parcel) -> dict[str, Any]:
    return render_parcel(parcel, queries.get_parcel_lines(parcel.pk))


def _tagged(parcel: Parcel) -> Response:
    shown = _parcel(parcel)
    return Response(shown, headers={"ETag": etag_of(to_json(shown))})
