"""What a customer wants to be told, and how."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.notifications import queries
from apps.notifications.contracts import MandatoryTopic
from apps.notifications.http.serializers import PreferencesAnswer, PreferencesBody
from apps.notifications.models import Reader
from apps.notifications.services.change_preferences import change_preferences
from shop.http.access import customer, person_id
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.schema import raises
from shop.http.views import ApiView


def answer(reader: Reader) -> Response:
    """Every topic and channel, with an ETag that is good for If-Match."""
    return Response({"topics": queries.choices_of(reader)}, headers={"ETag": etag_of(reader.revision)})


class MyPreferences(ApiView):
    access = customer

    @extend_schema(
        operation_id="get_notification_preferences", summary="What you are told", responses=PreferencesAnswer
    )
    def get(self, request: Request) -> Response:
        """Every topic and channel: whether it is wanted, and whether it is told in any case."""
        return answer(queries.get_reader(person_id(request)))

    @raises(MandatoryTopic)
    @extend_schema(
        operation_id="change_notification_preferences",
        summary="Choose what you are told",
        request=PreferencesBody,
        responses=PreferencesAnswer,
    )
    @if_match()
    def patch(self, request: Request) -> Response:
        """Only what is named changes. What becomes of orders, returns and the account is always told by mail."""
        choices, person = PreferencesBody(data=request.data).choices(), person_id(request)
        revision = revision_wanted(request)
        return answer(change_preferences(person, choices, actor=f"user:{person}", revision=revision))
