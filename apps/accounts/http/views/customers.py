"""Customers for support: look them up, close them out, let them in again."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import queries
from apps.accounts.contracts import PersonNotFound
from apps.accounts.http.rendering import render_customer, render_customer_detail
from apps.accounts.http.serializers import people as bodies
from apps.accounts.models import User
from apps.accounts.services.close_account import close_customer, open_customer
from shop.http.access import staff
from shop.http.etags import etag_of
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import list_answer
from shop.http.schema import raises
from shop.http.views import ApiView


def answer(user: User) -> Response:
    """The customer with an ETag."""
    return Response(render_customer_detail(user), headers={"ETag": etag_of(user.version)})


class Customers(ApiView):
    access = staff("customers:read")

    @extend_schema(
        operation_id="list_customers",
        summary="Customers",
        parameters=bodies.SEARCH,
        responses=bodies.CustomerPage,
    )
    def get(self, request: Request) -> Response:
        """By their addresses; `email` finds those that begin so."""
        rows = queries.people(is_staff=False, email=request.GET.get("email", ""))
        return list_answer(request, rows, order=("email",), render=render_customer, filters=("email",))


class CustomerDetail(ApiView):
    access = staff("customers:read")

    @extend_schema(operation_id="get_customer", summary="One customer", responses=bodies.CustomerDetailAnswer)
    @raises(PersonNotFound)
    def get(self, _request: Request, user_id: UUID) -> Response:
        """With the address book."""
        return answer(queries.get_person(user_id, is_staff=False))


class DeactivateCustomer(ApiView):
    access = staff("customers:write")

    @extend_schema(
        operation_id="deactivate_customer",
        summary="Close a customer out",
        request=None,
        responses=bodies.CustomerDetailAnswer,
    )
    @raises(PersonNotFound)
    @idempotent(context="accounts", caller=by_subject)
    def post(self, _request: Request, user_id: UUID) -> Response:
        """They are logged out everywhere within seconds and cannot log in; nothing of theirs is lost."""
        return answer(close_customer(user_id=user_id))


class ActivateCustomer(ApiView):
    access = staff("customers:write")

    @extend_schema(
        operation_id="activate_customer",
        summary="Let a customer in again",
        request=None,
        responses=bodies.CustomerDetailAnswer,
    )
    @raises(PersonNotFound)
    @idempotent(context="accounts", caller=by_subject)
    def post(self, _request: Request, user_id: UUID) -> Response:
        """They may log in; repeating it changes nothing."""
        return answer(open_customer(user_id=user_id))
