"""The devices that somebody is logged in on."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import queries
from apps.accounts.contracts import SessionNotFound
from apps.accounts.http.rendering import render_session
from apps.accounts.http.serializers import sessions as bodies
from apps.accounts.services.rename_session import rename_session
from apps.accounts.services.revoke_sessions import revoke_session
from shop.http.access import customer, person_id, session_id_of
from shop.http.etags import unconditional
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView

NO_ETAG = "a session changes with every use; its name is what its owner last said"


class Sessions(ApiView):
    access = customer

    @extend_schema(
        operation_id="list_sessions",
        summary="Your devices",
        parameters=PAGE_PARAMETERS,
        responses=bodies.SessionPage,
    )
    def get(self, request: Request) -> Response:
        """Where you are logged in, the newest login first."""
        rows = queries.sessions_of(person_id(request))
        return list_answer(
            request, rows, order=("-id",), render=lambda row: render_session(row, session_id_of(request))
        )


class SessionDetail(ApiView):
    access = customer

    @extend_schema(
        operation_id="rename_session",
        summary="Name a device",
        request=bodies.RenameSessionBody,
        responses=bodies.SessionAnswer,
    )
    @raises(SessionNotFound)
    @unconditional(NO_ETAG)
    def patch(self, request: Request, session_id: UUID) -> Response:
        """So that you recognise it in the list."""
        body = bodies.RenameSessionBody(data=request.data).checked()
        session = rename_session(user_id=person_id(request), session_id=session_id, **body)
        return Response(render_session(session, session_id_of(request)))

    @extend_schema(operation_id="end_session", summary="Log a device out", responses={204: None})
    @raises(SessionNotFound)
    @unconditional(NO_ETAG)
    def delete(self, request: Request, session_id: UUID) -> Response:
        """Its tokens are refused everywhere within seconds."""
        queries.get_session(person_id(request), session_id)
        revoke_session(person_id(request), session_id)
        return Response(status=204)
