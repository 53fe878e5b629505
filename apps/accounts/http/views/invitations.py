"""Invitations of staff: made and revoked by those who may give the roles, accepted by whoever holds the token."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import queries
from apps.accounts.contracts import InvitationClosed, InvitationNotFound, RoleBeyondYours, TokenNotValid
from apps.accounts.http.rendering import render_invitation, render_staff
from apps.accounts.http.serializers import people as bodies
from apps.accounts.services.accept_invitation import accept_invitation
from apps.accounts.services.invite_staff import invite_staff
from apps.accounts.services.revoke_invitation import revoke_invitation
from shop.http.access import anyone, person_id, staff
from shop.http.etags import unconditional
from shop.http.idempotency import by_subject, idempotent, unrepeatable
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.throttling import limit
from shop.http.views import ApiView

from .joining import TOKEN


class Invitations(ApiView):
    access = staff("staff:write")
    throttle = limit("invitation", "60/hour")

    @extend_schema(
        operation_id="list_invitations",
        summary="Invitations of staff",
        parameters=PAGE_PARAMETERS,
        responses=bodies.InvitationPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first, with what became of them."""
        return list_answer(request, queries.invitations(), order=("-id",), render=render_invitation)

    @extend_schema(
        operation_id="invite_staff",
        summary="Invite somebody to be staff",
        request=bodies.InviteBody,
        responses={201: bodies.InvitationAnswer},
    )
    @raises(RoleBeyondYours)
    @idempotent(context="accounts", caller=by_subject)
    def post(self, request: Request) -> Response:
        """A mail with the only copy of the token goes to the address; an earlier invitation of it is revoked."""
        body = bodies.InviteBody(data=request.data).checked()
        invitation = invite_staff(invitation_id=request.operation_id, by=person_id(request), **body)  # type: ignore[attr-defined]
        where = {"Location": f"/api/v1/staff/invitations/{invitation.pk}"}
        return Response(render_invitation(invitation), status=201, headers=where)


class InvitationDetail(ApiView):
    access = staff("staff:write")

    @extend_schema(operation_id="get_invitation", summary="One invitation", responses=bodies.InvitationAnswer)
    @raises(InvitationNotFound)
    def get(self, _request: Request, invitation_id: UUID) -> Response:
        """All but its token."""
        return Response(render_invitation(queries.get_invitation(invitation_id)))

    @extend_schema(operation_id="revoke_invitation", summary="Revoke an invitation", responses={204: None})
    @raises(InvitationNotFound, InvitationClosed)
    @unconditional("it can change in no other way than by being closed")
    def delete(self, _request: Request, invitation_id: UUID) -> Response:
        """Its token opens nothing any more; repeating it is harmless."""
        revoke_invitation(invitation_id=invitation_id)
        return Response(status=204)


class AcceptInvitation(ApiView):
    access = anyone("the token is the proof")
    throttle = TOKEN

    @extend_schema(
        operation_id="accept_invitation",
        summary="Accept an invitation to be staff",
        request=bodies.AcceptBody,
        responses={201: bodies.StaffAnswer},
    )
    @raises(TokenNotValid)
    @unrepeatable("of a body with a password nothing is kept, and the token works once")
    def post(self, request: Request) -> Response:
        """Makes the account, or gives the one that the address has these roles and this password. Then log in."""
        user = accept_invitation(**bodies.AcceptBody(data=request.data).checked())
        return Response(render_staff(user), status=201)
