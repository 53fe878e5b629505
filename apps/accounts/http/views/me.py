"""One's own account: the profile, and the wish to have all of it erased."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import queries
from apps.accounts.contracts import StaffAccount, WrongPassword
from apps.accounts.http.rendering import render_profile
from apps.accounts.http.serializers import me as bodies
from apps.accounts.models import User
from apps.accounts.services.change_profile import change_profile
from apps.accounts.services.keep_account import keep_account
from apps.accounts.services.request_deletion import request_deletion
from shop.http.access import customer, person_id
from shop.http.etags import etag_of, if_match, revision_wanted, unconditional
from shop.http.idempotency import unrepeatable
from shop.http.schema import raises, takes
from shop.http.throttling import caller, limit
from shop.http.views import ApiView


def who_deletes(request: Request, kwargs: dict[str, Any]) -> str:
    """Only deleting asks for the password."""
    return caller(request, kwargs) if request.method == "DELETE" else ""


def answer(user: User) -> Response:
    """The profile with its ETag, which is good for If-Match."""
    return Response(render_profile(user), headers={"ETag": etag_of(user.version)})


class Me(ApiView):
    access = customer
    throttle = limit("password-check", "20/hour", by=who_deletes)

    @extend_schema(operation_id="get_me", summary="Your profile", responses=bodies.ProfileAnswer)
    def get(self, request: Request) -> Response:
        """With the roles that you have, and the defaults of your address book."""
        return answer(queries.get_user(person_id(request)))

    @extend_schema(
        operation_id="change_me",
        summary="Change your profile",
        request=bodies.ChangeProfileBody,
        responses=bodies.ProfileAnswer,
    )
    @if_match()
    def patch(self, request: Request) -> Response:
        """Only what is named changes. Honours If-Match."""
        changes = bodies.ChangeProfileBody(data=request.data).checked()
        wanted = revision_wanted(request)
        return answer(change_profile(user_id=person_id(request), changes=changes, revision=wanted))

    @extend_schema(operation_id="delete_me", summary="Have your account erased", responses={202: bodies.DeletionAnswer})
    @takes(bodies.DeleteAccountBody)
    @raises(WrongPassword, StaffAccount)
    @unconditional("it is the account that goes, in whatever state")
    def delete(self, request: Request) -> Response:
        """All your sessions end now, the account after some days: until then log in and POST /me/keep to keep it."""
        body = bodies.DeleteAccountBody(data=request.data).checked()
        return Response({"erase_at": request_deletion(user_id=person_id(request), **body)}, status=202)


class KeepMe(ApiView):
    access = customer

    @extend_schema(
        operation_id="keep_me", summary="Keep your account after all", request=None, responses=bodies.ProfileAnswer
    )
    @unrepeatable("a repeat finds nothing left to take back")
    def post(self, request: Request) -> Response:
        """Takes back that it shall be erased; without such a wish nothing changes."""
        return answer(keep_account(user_id=person_id(request)))
