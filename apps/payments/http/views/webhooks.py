"""Where Stripe tells us that something changed."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments.providers import BadSignature, provider
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events
from shop.errors import DomainError
from shop.http.access import stripe_signature
from shop.http.idempotency import unrepeatable
from shop.http.schema import raises
from shop.http.views import ApiView
from shop.jobs import wake

LARGEST_BODY = 256 * 1024


class WebhookRefused(DomainError):
    """The signature does not fit the raw body, or it is older than five minutes."""

    code: ClassVar[str] = "payments.bad_signature"
    title: ClassVar[str] = "Bad signature"
    status: ClassVar[int] = 400


class WebhookTooLarge(DomainError):
    """No event of Stripe's is this large."""

    code: ClassVar[str] = "payments.webhook_too_large"
    title: ClassVar[str] = "Body too large"
    status: ClassVar[int] = 413


class StripeWebhook(ApiView):
    """Check the signature over the raw body, keep the event once, answer. Stripe is not asked here."""

    access = stripe_signature
    authentication_classes = ()  # Stripe has no token of ours
    parser_classes = ()  # type: ignore[assignment]  # the signature is over the raw bytes

    @extend_schema(
        operation_id="receive_stripe_webhook",
        summary="An event of Stripe's",
        request={"application/json": {"type": "object", "description": "Stripe's event, signed over its raw bytes"}},
        responses={200: {"type": "object", "properties": {"received": {"type": "boolean"}}}},
        examples=[
            OpenApiExample(
                "An event", {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded"}, request_only=True
            ),
            OpenApiExample("Kept", {"received": True}, response_only=True),
        ],
    )
    @raises(WebhookRefused, WebhookTooLarge)
    @unrepeatable("Stripe names each event by an id of its own; a repeat changes nothing")
    def post(self, request: Request) -> Response:
        """Store a signed event; a repeat is welcome and changes nothing."""
        if record_event(_checked(request)):
            wake(handle_provider_events)
        return Response({"received": True})


def _checked(request: Request) -> Any:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise WebhookTooLarge
    try:
        return provider().read_event(request.body, request.headers)
    except BadSignature as bad:
        raise WebhookRefused("This is not signed by Stripe for this shop.") from bad
