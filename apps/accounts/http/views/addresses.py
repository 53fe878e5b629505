"""The address book of whoever is logged in; another's address does not exist."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import queries
from apps.accounts.contracts import AddressBookFull, AddressNotFound
from apps.accounts.http.rendering import render_address
from apps.accounts.http.serializers import addresses as bodies
from apps.accounts.queries import BookEntry
from apps.accounts.services.change_address import change_address
from apps.accounts.services.create_address import create_address
from apps.accounts.services.delete_address import delete_address
from shop.http.access import customer, person_id
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView


def answer(entry: BookEntry, status: int = 200, **headers: str) -> Response:
    """The address with its ETag, which is good for If-Match."""
    return Response(render_address(entry), status=status, headers={"ETag": etag_of(entry.row.version), **headers})


class Addresses(ApiView):
    access = customer

    @extend_schema(
        operation_id="list_addresses",
        summary="Your addresses",
        parameters=PAGE_PARAMETERS,
        responses=bodies.AddressPage,
    )
    def get(self, request: Request) -> Response:
        """In the order in which they were added."""
        owner = queries.get_user(person_id(request))
        book = queries.address_book(owner.pk)
        return list_answer(
            request, book, order=("id",), render=lambda row: render_address(queries.entry_of(row, owner))
        )

    @extend_schema(
        operation_id="create_address",
        summary="Add an address",
        request=bodies.SavedAddressBody,
        responses={201: bodies.AddressAnswer},
    )
    @raises(AddressBookFull)
    @idempotent(context="accounts", caller=by_subject)
    def post(self, request: Request) -> Response:
        """Your first one becomes the default for shipping and billing. Each country has its own rules."""
        body = bodies.SavedAddressBody(data=request.data).new()
        entry = create_address(address_id=request.operation_id, user_id=person_id(request), **body)  # type: ignore[attr-defined]
        return answer(entry, 201, Location=f"/api/v1/me/addresses/{entry.row.pk}")


class AddressDetail(ApiView):
    access = customer

    @extend_schema(
        operation_id="get_address",
        summary="One of your addresses",
        responses=bodies.AddressAnswer,
    )
    @raises(AddressNotFound)
    def get(self, request: Request, address_id: UUID) -> Response:
        """With its ETag."""
        owner = queries.get_user(person_id(request))
        return answer(queries.entry_of(queries.get_address(user_id=owner.pk, address_id=address_id), owner))

    @extend_schema(
        operation_id="change_address",
        summary="Change an address",
        request=bodies.ChangeAddressBody,
        responses=bodies.AddressAnswer,
    )
    @raises(AddressNotFound)
    @if_match()
    def patch(self, request: Request, address_id: UUID) -> Response:
        """Only what is named changes; the whole must fit its country. Honours If-Match. Orders keep what they have."""
        body = bodies.ChangeAddressBody(data=request.data).changes()
        wanted = revision_wanted(request)
        return answer(change_address(user_id=person_id(request), address_id=address_id, revision=wanted, **body))

    @extend_schema(operation_id="delete_address", summary="Remove an address", responses={204: None})
    @raises(AddressNotFound)
    @if_match()
    def delete(self, request: Request, address_id: UUID) -> Response:
        """Where it was the default, your oldest other one becomes it. Honours If-Match."""
        delete_address(user_id=person_id(request), address_id=address_id, revision=revision_wanted(request))
        return Response(status=204)
