"""Authorized money, taken by finance before the first parcel leaves."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentNotFound
from apps.payments.http.serializers import CaptureAnswer, CaptureBody
from apps.payments.services.capture_early import capture_early
from shop.http.access import staff
from shop.http.idempotency import by_subject, idempotent
from shop.http.schema import raises
from shop.http.views import ApiView

from .payments import actor_of


class Captures(ApiView):
    access = staff("payments:write")

    @raises(PaymentNotFound, CaptureRefused)
    @extend_schema(
        operation_id="capture_payment",
        summary="Take authorized money",
        request=CaptureBody,
        responses={201: CaptureAnswer, 202: CaptureAnswer},
    )
    @idempotent(context="payments", caller=by_subject, required=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """All that is set aside, or `amount` of it; the rest is let go, so a payment has one capture.

        Without this it is captured when the first parcel leaves. 202: Stripe did not answer, it goes on by itself.
        """
        capture = capture_early(
            operation_id=request.operation_id,  # type: ignore[attr-defined]
            order_id=order_id,
            amount=CaptureBody(data=request.data).checked().get("amount"),
            actor=actor_of(request),
        )
        return Response(asdict(capture), status=201 if capture.status is CaptureStatus.SUCCEEDED else 202)
