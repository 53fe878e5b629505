"""Bodies and answers of logging in and of devices."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.accounts.http.examples import SESSION, TOKENS
from shop.http.schema import example
from shop.http.serializers import Body, Line, page_of

REFRESH_HELP = "Left out when the cookie has it."


@example({"email": "ada@example.com", "password": "correct horse battery", "device": "Ada's laptop"})
class LogInBody(Body):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    device = Line(
        max_length=100, required=False, help_text="How the list of devices names it; by its User-Agent when left out."
    )
    cookie = serializers.BooleanField(
        default=False, help_text="For browsers: keep the refresh token in an HttpOnly cookie instead of the answer."
    )


@example({"refresh_token": TOKENS["refresh_token"]})
class RefreshBody(Body):
    refresh_token = serializers.CharField(max_length=200, required=False, help_text=REFRESH_HELP)


@example(TOKENS)
class TokensAnswer(serializers.Serializer[Any]):
    access_token = serializers.CharField(
        help_text="A JWT for `Authorization: Bearer`; its keys: /.well-known/jwks.json."
    )
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds that the access token is good for.")
    refresh_token = serializers.CharField(allow_null=True, help_text="Good for one use; null when a cookie has it.")
    session_id = serializers.UUIDField()
    csrf_token = serializers.CharField(
        allow_null=True, help_text="To be sent as X-CSRFToken with the cookie; null without one."
    )


@example({"device": "Old phone"})
class RenameSessionBody(Body):
    device = Line(max_length=100)


@example(SESSION)
class SessionAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    device = serializers.CharField()
    user_agent = serializers.CharField()
    client = serializers.CharField(help_text="The network that it was last used from, without its last part.")
    created_at = serializers.DateTimeField()
    used_at = serializers.DateTimeField(help_text="When it last got an access token.")
    ends_at = serializers.DateTimeField(help_text="When it ends if it is not used again.")
    current = serializers.BooleanField(help_text="Whether this request comes from it.")


SessionPage = page_of(SessionAnswer)
