"""Where carriers tell what became of messages: Twilio in its own format, mail providers in a documented one."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from twilio.request_validator import RequestValidator

from apps.notifications.contracts import CallbackRefused, CallbackUnknown
from apps.notifications.http.serializers import MailNewsBody, ReceivedAnswer
from apps.notifications.services.note_delivery import note_delivery
from apps.notifications.services.take_mail_news import take_mail_news
from shop import clock
from shop.http.access import mail_signature, twilio_signature
from shop.http.idempotency import unrepeatable
from shop.http.schema import raises
from shop.http.views import ApiView

TOLERANCE_SECONDS = 300
FORM = {"application/x-www-form-urlencoded": {"type": "object", "additionalProperties": {"type": "string"}}}


class TwilioStatus(ApiView):
    """The status of one text message; see Twilio's documentation, "Track the message status of outbound messages"."""

    access = twilio_signature
    authentication_classes = ()  # Twilio has no token of ours
    parser_classes = (FormParser,)  # type: ignore[assignment]

    @extend_schema(
        operation_id="receive_twilio_status",
        summary="News of a text message",
        request=FORM,
        responses=ReceivedAnswer,
        examples=[
            OpenApiExample(
                "News",
                {"MessageSid": "SM1", "MessageStatus": "delivered"},
                request_only=True,
                media_type="application/x-www-form-urlencoded",
            ),
            OpenApiExample("Noted", {"received": True}, response_only=True),
        ],
    )
    @raises(CallbackRefused, CallbackUnknown)
    @unrepeatable("news that is told twice changes nothing")
    def post(self, request: Request) -> Response:
        """Note it, only forwards. 404 for a message that is not ours: Twilio tells it again later."""
        news = _signed_by_twilio(request)
        sid, word = news.get("MessageSid", "")[:255], news.get("MessageStatus", "")[:20]
        note_delivery(sid, word, error=news.get("ErrorCode", ""), message_id=_message(request), number=_try(request))
        return Response({"received": True})


def _signed_by_twilio(request: Request) -> dict[str, str]:
    signature = request.META.get("HTTP_X_TWILIO_SIGNATURE", "")
    form: Any = request.data
    news = {name: str(value) for name, value in form.items()}
    address = settings.SHOP_PUBLIC_URL + request.get_full_path()
    if settings.TWILIO is None or not RequestValidator(settings.TWILIO.auth_token).validate(address, news, signature):
        raise CallbackRefused("This is not signed by Twilio for this shop.")
    return news


def _message(request: Request) -> UUID | None:
    """Ours, out of the address that we gave to Twilio, which the signature covers."""
    try:
        return UUID(request.GET.get("message", ""))
    except ValueError:
        return None


def _try(request: Request) -> int | None:
    """The number of its try, from there too; None for texts that an earlier version sent."""
    text = request.GET.get("attempt", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


class MailNewsWebhook(ApiView):
    """Bounces and complaints, from whatever turns a provider's words into ours; see the README of notifications."""

    access = mail_signature
    authentication_classes = ()

    @extend_schema(
        operation_id="receive_mail_news", summary="News of mails", request=MailNewsBody, responses=ReceivedAnswer
    )
    @raises(CallbackRefused)
    @unrepeatable("news that is told twice changes nothing")
    def post(self, request: Request) -> Response:
        """Note each, and suppress an address that bounced for good or complained."""
        _check_signature(request)
        take_mail_news(MailNewsBody(data=request.data).news())
        return Response({"received": True})


def _check_signature(request: Request) -> None:
    """`Shop-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 of "<t>.<raw body>" under MAIL_WEBHOOK_SECRET."""
    parts = dict(part.partition("=")[::2] for part in request.META.get("HTTP_SHOP_SIGNATURE", "").split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    secret: Any = settings.MAIL_WEBHOOK_SECRET
    if secret and at.isdecimal() and len(at) < 12 and abs(clock.now().timestamp() - int(at)) <= TOLERANCE_SECONDS:
        wanted = hmac.new(secret.encode(), f"{at}.".encode() + request.body, hashlib.sha256).hexdigest()
        if hmac.compare_digest(wanted.encode(), given.encode()):
            return
    raise CallbackRefused("This is not signed with MAIL_WEBHOOK_SECRET, or it is older than five minutes.")
