"""Bodies and answers about staff and customers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from apps.accounts.http.examples import ACCEPT, CUSTOMER, CUSTOMER_DETAIL, INVITATION, STAFF
from apps.accounts.rules import Role
from shop.http.paging import PAGE_PARAMETERS
from shop.http.schema import example
from shop.http.serializers import Body, Line, page_of

from .addresses import AddressAnswer

ROLES = [role.value for role in Role]
STATES = ["open", "accepted", "revoked", "expired"]
SEARCH = [*PAGE_PARAMETERS, OpenApiParameter("email", str, description="How the address begins, in small letters.")]


class RolesField(serializers.ListField):
    """Each role at most once, in no order."""

    child = serializers.ChoiceField(choices=ROLES)

    def to_internal_value(self, data: Any) -> list[Role]:
        """As roles, without repetitions."""
        return sorted({Role(value) for value in super().to_internal_value(data)})


@example({"roles": ["merchandiser", "support"]})
class RolesBody(Body):
    roles = RolesField(max_length=20, help_text="All that the person shall have; none makes a customer of them.")


@example({"email": "alan@example.com", "roles": ["fulfilment"]})
class InviteBody(Body):
    email = serializers.EmailField(max_length=254)
    roles = RolesField(allow_empty=False, max_length=20)


@example(ACCEPT)
class AcceptBody(Body):
    token = serializers.CharField(max_length=200)
    name = Line(max_length=200)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


@example(STAFF)
class StaffAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))
    is_active = serializers.BooleanField()
    last_login = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


@example(CUSTOMER)
class CustomerAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    is_verified = serializers.BooleanField()
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


@example(CUSTOMER_DETAIL)
class CustomerDetailAnswer(CustomerAnswer):
    phone = serializers.CharField()
    language = serializers.CharField()
    marketing_opt_in = serializers.BooleanField()
    erase_at = serializers.DateTimeField(allow_null=True)
    addresses = AddressAnswer(many=True)


@example(INVITATION)
class InvitationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ROLES))
    state = serializers.ChoiceField(choices=STATES)
    invited_by = serializers.UUIDField()
    inviter = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


StaffPage, CustomerPage, InvitationPage = page_of(StaffAnswer), page_of(CustomerAnswer), page_of(InvitationAnswer)
