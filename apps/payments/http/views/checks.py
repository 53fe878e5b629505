"""Whether the money is right: comparisons with the provider, what differs, and the books."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import queries
from apps.payments.contracts import ReconciliationNotFound
from apps.payments.http.filters import word_parameter
from apps.payments.http.rendering import render_books, render_difference, render_run, render_run_with_differences
from apps.payments.http.serializers import (
    BooksAnswer,
    DifferencePage,
    EmptyBody,
    ReconciliationAnswer,
    ReconciliationDetailAnswer,
    ReconciliationPage,
)
from apps.payments.models import Difference, ReconciliationRun
from apps.payments.services.books import read_books
from apps.payments.services.run_reconciliation import ask_reconciliation
from shop.errors import FieldError, Invalid
from shop.http.access import per_method, staff
from shop.http.etags import etag_of, untagged
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer, unpaged
from shop.http.rendering import to_json
from shop.http.schema import raises
from shop.http.views import ApiView

from .payments import actor_of

STATES = ("open", "all")


class Reconciliations(ApiView):
    access = per_method(staff("payments:read"), POST=staff("payments:write"))

    @extend_schema(
        operation_id="list_reconciliations",
        summary="Comparisons with the provider",
        parameters=PAGE_PARAMETERS,
        responses=ReconciliationPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        runs = ReconciliationRun.objects.defer("differences")
        return list_answer(request, runs, order=("-asked_at", "-id"), render=render_run)

    @extend_schema(
        operation_id="start_reconciliation",
        summary="Compare with the provider now",
        request=EmptyBody,
        responses={202: ReconciliationAnswer},
    )
    @idempotent(context="payments", caller=by_subject, required=True)
    def post(self, request: Request) -> Response:
        """A worker compares the last days both ways; look at `Location` for what came of it."""
        EmptyBody(data=request.data).checked()
        run = ask_reconciliation(run_id=request.operation_id, asked_by=actor_of(request))  # type: ignore[attr-defined]
        return Response(render_run(run), status=202, headers={"Location": f"/api/v1/payments/reconciliations/{run.pk}"})


class ReconciliationDetail(ApiView):
    access = staff("payments:read")

    @raises(ReconciliationNotFound)
    @extend_schema(operation_id="get_reconciliation", summary="One comparison", responses=ReconciliationDetailAnswer)
    def get(self, request: Request, run_id: UUID) -> Response:  # noqa: ARG002
        """With what differed then."""
        data = render_run_with_differences(queries.get_run(run_id))
        return Response(data, headers={"ETag": etag_of(to_json(data))})


class Differences(ApiView):
    access = staff("payments:read")

    @extend_schema(
        operation_id="list_differences",
        summary="Where money differs",
        parameters=[*PAGE_PARAMETERS, word_parameter("state", STATES)],
        responses=DifferencePage,
    )
    def get(self, request: Request) -> Response:
        """What still differs, found last first; with `state=all` also what is gone."""
        asked = request.GET.get("state", "open")
        if asked not in STATES:
            raise Invalid(errors=(FieldError("/state", "unknown_word", f"One of {', '.join(STATES)}."),))
        rows = Difference.objects.filter(resolved_at=None) if asked == "open" else Difference.objects.all()
        return list_answer(request, rows, order=("-last_found", "-id"), render=render_difference, filters=("state",))


class BooksView(ApiView):
    access = staff("payments:read")

    @extend_schema(operation_id="get_books", summary="The books", responses=BooksAnswer)
    @untagged("it is a sum that grows while it is read")
    @unpaged("a shop has few currencies and accounts")
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The total of each account of each currency; those of a currency sum to zero."""
        return Response(render_books(read_books()))
