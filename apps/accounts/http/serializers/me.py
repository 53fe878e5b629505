"""Bodies and answers of one's own account."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.accounts.http.examples import PROFILE
from apps.accounts.rules import Role
from shop.http.schema import example
from shop.http.serializers import Body, Line


@example({"name": "Ada King", "phone": "+4930901820", "marketing_opt_in": True})
class ChangeProfileBody(Body):
    """What is left out is left alone. Address and password have paths of their own."""

    name = Line(max_length=200, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="Stored as E.164.")
    language = serializers.CharField(max_length=12, required=False, help_text="As en or pt-BR.")
    marketing_opt_in = serializers.BooleanField(required=False)


@example({"current_password": "correct horse battery"})
class DeleteAccountBody(Body):
    current_password = serializers.CharField(max_length=1000, trim_whitespace=False)


@example({"erase_at": "2026-12-11T06:00:00Z"})
class DeletionAnswer(serializers.Serializer[Any]):
    erase_at = serializers.DateTimeField()


@example(PROFILE)
class ProfileAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    is_verified = serializers.BooleanField()
    name = serializers.CharField()
    phone = serializers.CharField()
    language = serializers.CharField()
    marketing_opt_in = serializers.BooleanField()
    roles = serializers.ListField(child=serializers.ChoiceField(choices=[role.value for role in Role]))
    default_shipping_id = serializers.UUIDField(allow_null=True)
    default_billing_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    erase_at = serializers.DateTimeField(
        allow_null=True, help_text="When the account is erased, if you asked for it: POST /me/keep takes that back."
    )
