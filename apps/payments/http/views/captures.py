"""Authorized money, taken in one or several parts or let go by finance before the first parcel leaves."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentNotFound, PaymentStatus, VoidRefused
from apps.payments.http.serializers import CaptureAnswer, CaptureBody, VoidAnswer, VoidBody
from apps.payments.services.capture_early import capture_early
from apps.payments.services.void_by_hand import void_by_hand
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
        """All that is still set aside, or `amount` of it; the rest is let go, unless `final_capture` is false.

        As often as you like, one after the other, as far as the buyer's bank allows several; never more in all than was
        set aside. What is left when the first parcel leaves is captured then. 202: Stripe did not answer, it goes on by
        itself.
        """
        body = CaptureBody(data=request.data).checked()
        capture = asdict(
            capture_early(
                operation_id=request.operation_id,  # type: ignore[attr-defined]
                order_id=order_id,
                amount=body.get("amount"),
                final=body["final_capture"],
                actor=actor_of(request),
            )
        )
        capture["final_capture"] = capture.pop("final")
        return Response(capture, status=201 if capture["status"] is CaptureStatus.SUCCEEDED else 202)


class Voids(ApiView):
    access = staff("payments:write")

    @raises(PaymentNotFound, VoidRefused)
    @extend_schema(
        operation_id="void_payment",
        summary="Let go of authorized money",
        request=VoidBody,
        responses={201: VoidAnswer, 202: VoidAnswer},
    )
    @idempotent(context="payments", caller=by_subject, required=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """All that is still set aside, for good: an order of which nothing was shipped waits in `review` then.

        To give the order up, cancel it, which lets go by itself. 202: Stripe did not answer, it goes on by itself.
        409 with reason `parcel_leaving`: a parcel leaves on it at this moment, or has left and is being paid from it.
        """
        payment = void_by_hand(
            operation_id=request.operation_id,  # type: ignore[attr-defined]
            order_id=order_id,
            note=VoidBody(data=request.data).checked()["note"],
            actor=actor_of(request),
        )
        rest = payment.amount_authorized - payment.amount_received
        answer = {"order_id": order_id, "amount": asdict(rest), "status": payment.status}
        return Response(answer, status=202 if payment.status is PaymentStatus.AUTHORIZED else 201)
