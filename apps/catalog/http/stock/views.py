"""Stock and its places, for staff with stock:write. Numbers change by movements with a reason only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.contracts import (
    LocationInUse,
    LocationNotFound,
    OutOfStock,
    StaleStock,
    StockNotFound,
    Taken,
)
from apps.catalog.models import MovementKind, StockLevel, StockLocation, StockMovement, Variant
from apps.catalog.services.delete_location import delete_location
from apps.catalog.services.move_stock import Once
from apps.catalog.services.record_movement import record_movement
from apps.catalog.services.save_location import change_location, create_location, location_of
from apps.catalog.services.set_threshold import set_threshold
from apps.catalog.services.stock_state import StockState, stock_of, stock_of_all
from shop.errors import FieldError, Invalid
from shop.http.access import staff
from shop.http.etags import etag_of, if_match, revision_wanted, tags_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import (
    PAGE_PARAMETERS,
    check_names,
    limit_of,
    list_answer,
    list_of,
    next_link,
    rows_of,
    wants_total,
)
from shop.http.schema import raises
from shop.http.serializers import page_of
from shop.http.views import ApiView

from . import bodies
from .rendering import render_location, render_movement, render_stock

WRITES = staff("stock:write")


def place(location: StockLocation, status: int = 200, **headers: str) -> Response:
    """A location with its ETag."""
    return Response(render_location(location), status=status, headers={"ETag": etag_of(location.revision), **headers})


def stock(state: StockState) -> Response:
    """The stock of a SKU with its ETag."""
    return Response(render_stock(state), headers={"ETag": f'"{state.version}"'})


class StockLocations(ApiView):
    access = WRITES

    @extend_schema(
        operation_id="list_stock_locations",
        summary="The places that hold stock",
        parameters=PAGE_PARAMETERS,
        responses=page_of(bodies.LocationAnswer),
    )
    def get(self, request: Request) -> Response:
        """By code. Orders are filled from `main` first, then by position."""
        return list_answer(request, StockLocation.objects.all(), order=("code",), render=render_location)

    @extend_schema(
        operation_id="create_stock_location",
        summary="Add a place that holds stock",
        request=bodies.NewLocationBody,
        responses={201: bodies.LocationAnswer},
    )
    @raises(Taken)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request) -> Response:
        """It is empty. The code is kept for ever."""
        body = bodies.NewLocationBody(data=request.data).checked()
        location = create_location(**body)
        return place(location, 201, Location=f"/api/v1/stock-locations/{location.pk}")


class StockLocationDetail(ApiView):
    access = WRITES

    @extend_schema(
        operation_id="get_stock_location", summary="One place that holds stock", responses=bodies.LocationAnswer
    )
    @raises(LocationNotFound)
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002  # Django's signature
        """With its ETag."""
        return place(location_of(code))

    @extend_schema(
        operation_id="change_stock_location",
        summary="Rename, move or close a place",
        request=bodies.ChangeLocationBody,
        responses=bodies.LocationAnswer,
    )
    @raises(LocationNotFound, StaleStock)
    @if_match(required=True)
    def patch(self, request: Request, code: str) -> Response:
        """Only what is named changes. A closed place keeps its stock and fills no new orders; If-Match is needed."""
        body = bodies.ChangeLocationBody(data=request.data).checked()
        return place(change_location(code=code, revision=revision_wanted(request), **body))

    @extend_schema(
        operation_id="delete_stock_location", summary="Remove a place that was never used", responses={204: None}
    )
    @raises(LocationNotFound, LocationInUse, StaleStock)
    @if_match(required=True)
    def delete(self, request: Request, code: str) -> Response:
        """One that has stock, or that the ledger tells of, is closed instead; If-Match is needed."""
        delete_location(code=code, revision=revision_wanted(request))
        return Response(status=204)


class StockList(ApiView):
    access = WRITES

    @extend_schema(
        operation_id="list_stock",
        summary="The stock of all SKUs, or of those that are low",
        parameters=[
            OpenApiParameter("low", str, enum=["true"], description="Only what is at its threshold or below."),
            *PAGE_PARAMETERS,
        ],
        responses=page_of(bodies.StockAnswer),
    )
    def get(self, request: Request) -> Response:
        """By SKU."""
        params = request.GET
        check_names(params, {"low", "limit", "after", "include"})
        rows = StockLevel.objects.filter(low=True) if only_low(params) else Variant.objects.only("sku")
        limit, after = limit_of(params), params.get("after")
        found, cursor = rows_of(rows, order=("sku",), limit=limit, after=after, of=list_of(request))
        states = stock_of_all([row.sku for row in found])
        page = {"data": [render_stock(state) for state in states], "has_more": bool(cursor), "next_cursor": cursor}
        if wants_total(params):
            page["total"] = rows.count()
        return Response(page, headers={"Link": next_link(request, cursor)} if cursor else {})


def only_low(params: Any) -> bool:
    """`?low=true`; 422 for another word."""
    if params.get("low", "true") != "true":
        raise Invalid(errors=(FieldError("/low", "unknown_value", "true, or leave it out."),))
    return "low" in params


class StockDetail(ApiView):
    access = WRITES

    @extend_schema(operation_id="get_stock", summary="The stock of a SKU by location", responses=bodies.StockAnswer)
    @raises(StockNotFound)
    def get(self, request: Request, sku: str) -> Response:  # noqa: ARG002  # Django's signature
        """With the ETag that every change of it needs."""
        return stock(stock_of(sku))

    @extend_schema(
        operation_id="set_stock_threshold",
        summary="Set from how few units on a SKU is low",
        request=bodies.ThresholdBody,
        responses=bodies.StockAnswer,
    )
    @raises(StockNotFound, StaleStock)
    @if_match(required=True)
    def patch(self, request: Request, sku: str) -> Response:
        """Null: the shop's usual one. 0: low when there is none; If-Match is needed."""
        body = bodies.ThresholdBody(data=request.data).checked()
        set_threshold(sku=sku, seen=tags_wanted(request), **body)
        return stock(stock_of(sku))


class StockMovements(ApiView):
    access = WRITES

    @extend_schema(
        operation_id="list_stock_movements",
        summary="The ledger of a SKU",
        parameters=[OpenApiParameter("kind", str, enum=MovementKind.values), *PAGE_PARAMETERS],
        responses=page_of(bodies.MovementAnswer),
    )
    @raises(StockNotFound)
    def get(self, request: Request, sku: str) -> Response:
        """Newest first. Lines are never changed; their sums are the stock."""
        stock_of(sku)
        lines = StockMovement.objects.filter(sku=sku, **kind_of(request.GET))
        return list_answer(request, lines, order=("-id",), render=render_movement, filters=("kind",))

    @extend_schema(
        operation_id="record_stock_movement",
        summary="Receive, correct or transfer units",
        request=bodies.MovementBody,
        responses={201: bodies.MovedAnswer},
    )
    @raises(StockNotFound, StaleStock, OutOfStock)
    @if_match(required=True)
    @idempotent(context="catalog", caller=by_subject, required=True)
    def post(self, request: Request, sku: str) -> Response:
        """With a reason, once per Idempotency-Key, and only if the stock is still what If-Match names."""
        body = bodies.MovementBody(data=request.data).movement()
        once = Once(operation_id=request.operation_id, seen=tags_wanted(request))  # type: ignore[attr-defined]
        movements = record_movement(sku=sku, once=once, **body)
        state = stock_of(sku)
        answer = {"movements": [render_movement(line) for line in movements], "stock": render_stock(state)}
        return Response(answer, status=201, headers={"ETag": f'"{state.version}"'})


def kind_of(params: Any) -> dict[str, str]:
    """`?kind=`; 422 for one that no movement has."""
    kind = params.get("kind")
    if kind is not None and kind not in MovementKind.values:
        raise Invalid(errors=(FieldError("/kind", "unknown_kind", f"One of {', '.join(MovementKind.values)}."),))
    return {} if kind is None else {"kind": kind}
