"""Staff and their roles, for those who may give roles."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import queries
from apps.accounts.contracts import LastAdmin, PersonNotFound, RoleBeyondYours
from apps.accounts.http.rendering import render_staff
from apps.accounts.http.serializers import people as bodies
from apps.accounts.models import User
from apps.accounts.services.change_roles import change_roles
from apps.accounts.services.close_account import close_staff
from shop.http.access import person_id
from shop.http.access import staff as staff_with
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.paging import list_answer
from shop.http.schema import raises
from shop.http.views import ApiView


def answer(user: User) -> Response:
    """The person with the ETag that a change of roles wants."""
    return Response(render_staff(user), headers={"ETag": etag_of(user.version)})


class Staff(ApiView):
    access = staff_with("staff:write")

    @extend_schema(operation_id="list_staff", summary="Staff", parameters=bodies.SEARCH, responses=bodies.StaffPage)
    def get(self, request: Request) -> Response:
        """By their addresses; `email` finds those that begin so."""
        rows = queries.people(is_staff=True, email=request.GET.get("email", "")).prefetch_related("grants")
        return list_answer(request, rows, order=("email",), render=render_staff, filters=("email",))


class StaffDetail(ApiView):
    access = staff_with("staff:write")

    @extend_schema(operation_id="get_staff", summary="One member of staff", responses=bodies.StaffAnswer)
    @raises(PersonNotFound)
    def get(self, _request: Request, user_id: UUID) -> Response:
        """With roles and ETag."""
        return answer(queries.get_person(user_id, is_staff=True))

    @extend_schema(operation_id="close_staff", summary="Let a member of staff go", responses={204: None})
    @raises(PersonNotFound, RoleBeyondYours, LastAdmin)
    @if_match()
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Takes all roles and closes the account: they are logged out everywhere within seconds. Honours If-Match."""
        close_staff(user_id=user_id, by=person_id(request), revision=revision_wanted(request))
        return Response(status=204)


class StaffRoles(ApiView):
    access = staff_with("staff:write")

    @extend_schema(
        operation_id="set_staff_roles",
        summary="Give somebody exactly these roles",
        request=bodies.RolesBody,
        responses=bodies.StaffAnswer,
    )
    @raises(PersonNotFound, RoleBeyondYours, LastAdmin)
    @if_match()
    def put(self, request: Request, user_id: UUID) -> Response:
        """Makes staff of a customer, too. Taking roles ends the sessions; given ones come with the next refresh."""
        body = bodies.RolesBody(data=request.data).checked()
        wanted = revision_wanted(request)
        return answer(change_roles(user_id=user_id, by=person_id(request), revision=wanted, **body))
