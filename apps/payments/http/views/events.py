"""What the provider told us, as it came; any of it may be handled again."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import queries
from apps.payments.contracts import ProviderEventNotFound
from apps.payments.http.filters import by_word, word_parameter
from apps.payments.http.rendering import render_event, render_event_with_body
from apps.payments.http.serializers import (
    EVENT_STATUSES,
    EmptyBody,
    ProviderEventAnswer,
    ProviderEventDetailAnswer,
    ProviderEventPage,
)
from apps.payments.models import ProviderEvent
from apps.payments.services.replay_event import replay_event
from shop.http.access import staff
from shop.http.etags import etag_of
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.rendering import to_json
from shop.http.schema import raises
from shop.http.views import ApiView

from .payments import actor_of


class ProviderEvents(ApiView):
    access = staff("payments:read")

    @extend_schema(
        operation_id="list_provider_events",
        summary="Events of the provider's",
        parameters=[*PAGE_PARAMETERS, word_parameter("status", EVENT_STATUSES)],
        responses=ProviderEventPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first. `?status=dead` are those that could not be handled."""
        rows = by_word(ProviderEvent.objects.defer("payload"), request.GET, "status", EVENT_STATUSES)
        return list_answer(request, rows, order=("-received_at", "-id"), render=render_event, filters=("status",))


class ProviderEventDetail(ApiView):
    access = staff("payments:read")

    @raises(ProviderEventNotFound)
    @extend_schema(operation_id="get_provider_event", summary="One event", responses=ProviderEventDetailAnswer)
    def get(self, request: Request, event_id: str) -> Response:  # noqa: ARG002
        """With its body as it came."""
        data = render_event_with_body(queries.get_event(event_id))
        return Response(data, headers={"ETag": etag_of(to_json(data))})


class ReplayEvent(ApiView):
    access = staff("payments:write")

    @raises(ProviderEventNotFound)
    @extend_schema(
        operation_id="replay_provider_event",
        summary="Handle an event again",
        request=EmptyBody,
        responses={202: ProviderEventAnswer},
    )
    @idempotent(context="payments", caller=by_subject, required=True)
    def post(self, request: Request, event_id: str) -> Response:
        """A worker asks the provider what is true now. Harmless for what was handled before."""
        EmptyBody(data=request.data).checked()
        operation = request.operation_id  # type: ignore[attr-defined]
        event = replay_event(operation_id=operation, event_id=event_id, actor=actor_of(request))
        return Response(render_event(event), status=202)
