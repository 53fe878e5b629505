"""Addresses that nothing is sent to any more, for staff."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.notifications import queries
from apps.notifications.contracts import SuppressionNotFound
from apps.notifications.http.rendering import render_suppression
from apps.notifications.http.serializers import NothingBody, SuppressionAnswer, SuppressionPage
from apps.notifications.rules import normal
from apps.notifications.services.release_suppression import release_suppression
from shop.errors import FieldError, Invalid
from shop.http.access import person_id, staff
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView

FILTERS = [
    OpenApiParameter("active", bool, description="Only those that hold, or only those that were released."),
    OpenApiParameter("address", str, description="The whole address or number."),
]
NAMES = [one.name for one in FILTERS]


def wanted(request: Request) -> dict[str, str | bool]:
    """The filters of the query."""
    found: dict[str, str | bool] = {}
    if "active" in request.GET:
        if request.GET["active"] not in ("true", "false"):
            raise Invalid(errors=(FieldError("/active", "invalid", "true or false."),))
        found["active"] = request.GET["active"] == "true"
    if "address" in request.GET:
        found["address"] = normal(request.GET["address"])
    return found


class Suppressions(ApiView):
    access = staff("notifications:write")

    @extend_schema(
        operation_id="list_suppressions",
        summary="Addresses that are not written to",
        parameters=[*PAGE_PARAMETERS, *FILTERS],
        responses=SuppressionPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first: they bounced, complained, or answered STOP."""
        rows = queries.all_suppressions(**wanted(request))
        return list_answer(request, rows, order=("-since", "-id"), render=render_suppression, filters=NAMES)


class ReleaseSuppression(ApiView):
    access = staff("notifications:write")

    @raises(SuppressionNotFound)
    @extend_schema(
        operation_id="release_suppression",
        summary="Write to it again",
        request=NothingBody,
        responses=SuppressionAnswer,
    )
    @idempotent(context="notifications", caller=by_subject)
    def post(self, request: Request, suppression_id: UUID) -> Response:
        """From now on; what was held back meanwhile is sent again one by one. Repeating it changes nothing."""
        NothingBody(data=request.data).checked()
        row = release_suppression(suppression_id, actor=f"staff:{person_id(request)}")
        return Response(render_suppression(row))
