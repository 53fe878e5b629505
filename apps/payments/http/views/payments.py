"""Payments and refunds, for finance: to look at, and to say what the bank statement shows."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import queries
from apps.payments.contracts import (
    AlreadyPaid,
    AmountDiffers,
    DisputeStatus,
    NotByBank,
    PaymentMethod,
    PaymentNotFound,
    PaymentStatus,
    RefundAlreadySent,
    RefundNotFound,
    RefundStatus,
)
from apps.payments.http.filters import CREATED, by_time, by_word, word_parameter
from apps.payments.http.rendering import render_dispute, render_payment, render_refund, render_summary
from apps.payments.http.serializers import (
    DisputePage,
    PaymentDetailAnswer,
    PaymentPage,
    PaymentRefundAnswer,
    PaymentRefundPage,
    ReceiptBody,
    SentBody,
)
from apps.payments.models import Dispute, Payment, Refund
from apps.payments.services.mark_refund_sent import mark_refund_sent
from apps.payments.services.record_bank_receipt import record_bank_receipt
from shop.http.access import principal_of, staff
from shop.http.etags import etag_at
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, list_answer
from shop.http.schema import raises
from shop.http.views import ApiView

NUMBER = OpenApiParameter("order_number", str, description="The payment of this order: what a bank statement names.")


def actor_of(request: Request) -> str:
    """Who did it, in the books."""
    return f"staff:{principal_of(request).person_id}"


FILTERS = [word_parameter("status", PaymentStatus), word_parameter("method", PaymentMethod), NUMBER, *CREATED]
REFUND_FILTERS = [word_parameter("status", RefundStatus), word_parameter("method", PaymentMethod), *CREATED]


class Payments(ApiView):
    access = staff("payments:read")

    @extend_schema(
        operation_id="list_payments",
        summary="Payments",
        parameters=[*PAGE_PARAMETERS, *FILTERS],
        responses=PaymentPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first."""
        rows = by_time(Payment.objects.all(), request.GET)
        rows = by_word(by_word(rows, request.GET, "status", PaymentStatus), request.GET, "method", PaymentMethod)
        if number := request.GET.get("order_number"):
            rows = rows.filter(order_number=number.strip().upper())
        return list_answer(
            request,
            rows,
            order=("-created_at", "-order_id"),
            render=render_summary,
            filters=[one.name for one in FILTERS],
        )


class PaymentDetail(ApiView):
    access = staff("payments:read")

    @raises(PaymentNotFound)
    @extend_schema(operation_id="get_payment", summary="One payment", responses=PaymentDetailAnswer)
    def get(self, request: Request, order_id: UUID) -> Response:  # noqa: ARG002
        """With its refunds, entries in the books, events of the provider and what finance did."""
        return _answer(queries.find_row(order_id))


class Receipts(ApiView):
    access = staff("payments:write")

    @raises(PaymentNotFound, NotByBank, AmountDiffers, AlreadyPaid)
    @extend_schema(
        operation_id="record_bank_receipt",
        summary="Money came by bank",
        request=ReceiptBody,
        responses={201: PaymentDetailAnswer},
    )
    @idempotent(context="payments", caller=by_subject, required=True)
    def post(self, request: Request, order_id: UUID) -> Response:
        """Marks the order's payment as paid by one line of the bank statement.

        What is not exactly due, or comes a second time, is refused until `confirm_difference` says that it is no slip:
        then the order waits for staff, or the second payment is sent back. Money for a cancelled order is sent back.
        """
        payment = record_bank_receipt(
            operation_id=request.operation_id,  # type: ignore[attr-defined]
            order_id=order_id,
            receipt=ReceiptBody(data=request.data).receipt(),
            actor=actor_of(request),
        )
        return _answer(payment, status=201)


class Refunds(ApiView):
    access = staff("payments:read")

    @extend_schema(
        operation_id="list_payment_refunds",
        summary="Refunds of all orders",
        parameters=[*PAGE_PARAMETERS, *REFUND_FILTERS],
        responses=PaymentRefundPage,
    )
    def get(self, request: Request) -> Response:
        """The newest first. `?method=bank_transfer&status=pending` is what finance has to send."""
        rows = by_time(Refund.objects.all(), request.GET)
        rows = by_word(by_word(rows, request.GET, "status", RefundStatus), request.GET, "method", PaymentMethod)
        return list_answer(
            request,
            rows,
            order=("-created_at", "-refund_id"),
            render=render_refund,
            filters=[one.name for one in REFUND_FILTERS],
        )


class RefundSent(ApiView):
    access = staff("payments:write")

    @raises(RefundNotFound, NotByBank, RefundAlreadySent)
    @extend_schema(
        operation_id="mark_refund_sent",
        summary="A refund was sent by bank",
        request=SentBody,
        responses=PaymentRefundAnswer,
    )
    @idempotent(context="payments", caller=by_subject, required=True)
    def post(self, request: Request, refund_id: UUID) -> Response:
        """Only of a bank transfer: from now on it is done, and its buyer is told."""
        refund = mark_refund_sent(
            operation_id=request.operation_id,  # type: ignore[attr-defined]
            refund_id=refund_id,
            actor=actor_of(request),
            **SentBody(data=request.data).checked(),
        )
        return Response(render_refund(refund))


class Disputes(ApiView):
    access = staff("payments:read")

    @extend_schema(
        operation_id="list_disputes",
        summary="Disputes",
        parameters=[*PAGE_PARAMETERS, word_parameter("status", DisputeStatus)],
        responses=DisputePage,
    )
    def get(self, request: Request) -> Response:
        """The newest first. Evidence is given at the provider."""
        rows = by_word(Dispute.objects.all(), request.GET, "status", DisputeStatus)
        return list_answer(request, rows, order=("-opened_at", "-id"), render=render_dispute, filters=("status",))


def _answer(payment: Payment, *, status: int = 200) -> Response:
    data = render_payment(payment)
    return Response(data, status=status, headers={"ETag": etag_at(payment.revision, data)})
