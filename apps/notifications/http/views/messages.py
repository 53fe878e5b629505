"""Every message for staff: what was told to whom, how it went, and once more if it must be."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.notifications import queries
from apps.notifications.contracts import CannotResend, MessageNotFound
from apps.notifications.http.rendering import render_detail, render_message
from apps.notifications.http.serializers import MessageDetailAnswer, MessagePage, NothingBody
from apps.notifications.rules import Channel, Kind, Status
from apps.notifications.services.resend_message import resend_message
from apps.notifications.tasks import send_due_messages
from shop.errors import FieldError, Invalid
from shop.http.access import person_id, staff
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView
from shop.jobs import wake

WORDS = {"status": Status, "kind": Kind, "channel": Channel}
FILTERS = [
    *(OpenApiParameter(name, str, enum=[one.value for one in words]) for name, words in WORDS.items()),
    OpenApiParameter("recipient", str, description="The whole address or number."),
    OpenApiParameter("order_number", str, description="Messages of this order."),
]
NAMES = [one.name for one in FILTERS]


def wanted(request: Request) -> dict[str, str]:
    """The filters of the query; a word that is none is refused by its name."""
    found = {name: request.GET[name] for name in (*WORDS, "recipient", "order_number") if name in request.GET}
    for name, words in WORDS.items():
        if name in found and found[name] not in {one.value for one in words}:
            known = ", ".join(one.value for one in words)
            raise Invalid(errors=(FieldError(f"/{name}", "unknown_word", f"One of {known}."),))
    return found


class Messages(ApiView):
    access = staff("notifications:write")

    @extend_schema(
        operation_id="list_messages",
        summary="What was told",
        parameters=[*PAGE_PARAMETERS, *FILTERS],
        responses=MessagePage,
    )
    def get(self, request: Request) -> Response:
        """The newest first; `status=dead` is what reached nobody."""
        rows = queries.all_messages(**wanted(request))
        return list_answer(request, rows, order=("-created_at", "-id"), render=render_message, filters=NAMES)


class MessageDetail(ApiView):
    access = staff("notifications:write")

    @raises(MessageNotFound)
    @extend_schema(operation_id="get_message", summary="One message", responses=MessageDetailAnswer)
    def get(self, request: Request, message_id: UUID) -> Response:  # noqa: ARG002  # DRF's signature
        """With its text and every try to send it."""
        message = queries.get_message(message_id)
        return Response(render_detail(message, queries.attempts_of(message_id), queries.news_of(message_id)))


class ResendMessage(ApiView):
    access = staff("notifications:write")

    @raises(MessageNotFound, CannotResend)
    @extend_schema(
        operation_id="resend_message",
        summary="Send it again",
        request=NothingBody,
        responses={202: MessageDetailAnswer},
    )
    @idempotent(context="notifications", caller=by_subject)
    def post(self, request: Request, message_id: UUID) -> Response:
        """A worker sends it, in up to eight attempts. One whose link is not kept cannot be sent again."""
        NothingBody(data=request.data).checked()
        message = resend_message(queries.get_message(message_id), actor=f"staff:{person_id(request)}")
        wake(send_due_messages)
        return Response(
            render_detail(message, queries.attempts_of(message_id), queries.news_of(message_id)), status=202
        )
