"""The money of each order, with all that belongs to it on one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join

from apps.payments.contracts import CaptureStatus, PaymentMethod, PaymentStatus
from apps.payments.models import Payment, Refund
from apps.payments.services.capture_early import capture_early
from apps.payments.services.record_bank_receipt import PAID_TWICE, Receipt, record_bank_receipt
from apps.payments.services.void_by_hand import void_by_hand
from shop import clock
from shop.ids import derived_id, uuid7
from shop.money import Money
from shop.staff import EMPTY, CurrencyFilter, WordsFilter, amount_of, money, row_link, search_link, words

from .deeds import Page, StatementForm, actor_of, operation_of, statement_of, time_of
from .tables import Tables

SUMS = ("amount", "authorized", "received", "refunded", "disputed")


@admin.register(Payment)
class PaymentAdmin(Tables, Page):
    """Mark paid what came by bank, capture or void what is set aside; everything else is the provider's word."""

    list_display = ("number", "created_at", "how", "status", "amount", "received", "refunded", "disputed")
    list_filter = ("created_at", "status", ("method", WordsFilter), CurrencyFilter)
    search_fields = ("order_number__exact", "provider_reference__exact")
    search_help_text = "Number of the order or the provider's id (pi_...), as a whole."
    ordering = ("-created_at", "-order_id")
    action_form = StatementForm
    actions = ("mark_paid", "capture", "void")
    fieldsets = (
        (None, {"fields": ("order", "how", "status", *SUMS, "elsewhere")}),
        ("What happened", {"fields": ("operations", "captures", "refunds", "disputes", "books", "events")}),
        (
            "Provider",
            {"fields": ("provider", "provider_reference", "capture", "refusal", "last_error", "last_failure")},
        ),
        ("Times", {"fields": ("created_at", "authorized_at", "succeeded_at", "next_look", "checks")}),
        (
            "For developers",
            {
                "classes": ("collapse",),
                "fields": (
                    *("order_id", "revision", "key_number", "key_since", "capture_id", "void_id"),
                    *("promise_number", "promised", "lapsed"),
                ),
            },
        ),
    )
    readonly_fields = (
        *("order", "how", *SUMS, "elsewhere", "captures", "refunds", "disputes"),
        *("books", "operations", "events", "next_look"),
    )

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """Numbers are written in capitals."""
        term = search_term.strip()
        return super().get_search_results(request, queryset, term.upper() if term.lower().startswith("so-") else term)

    def called(self, row: Any) -> str:
        return row.order_number or str(row.pk)

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Who may say what came."""
        return self.may_change(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        payment: Payment | None = kwargs.get("obj")
        if payment is not None and payment.method == PaymentMethod.BANK_TRANSFER and self.may_change(request):
            paid = payment.status == PaymentStatus.SUCCEEDED
            context |= {"may_mark_paid": True, "is_paid": paid, "operation": uuid7(), "due": payment.amount}
            context["today"] = clock.now().date().isoformat()
        if payment is not None and payment.status == PaymentStatus.AUTHORIZED and self.may_change(request):
            free = payment.capture_id is None and payment.void_id is None
            context |= {"may_capture": free, "operation": uuid7(), "there": payment.amount_capturable, "void": uuid7()}
            context |= {"order_page": row_link("orders.order", payment.order_id, "cancel the order")}
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    @admin.action(description="Mark paid by bank: all of the amount came", permissions=["pay"])
    def mark_paid(self, request: HttpRequest, payments: QuerySet[Payment]) -> HttpResponse | None:
        """Each as its own operation; the page of one payment also takes another amount, confirmed."""
        line = statement_of(request)
        if line is None:
            self.message_user(request, "Say the bank's reference, beside the action.", messages.ERROR)
            return None

        def mark(payment: Payment) -> str:
            receipt = Receipt(
                amount=_amount(request, payment),
                received_on=line[0],
                reference=line[1],
                confirmed="confirm_difference" in request.POST,
            )
            operation = operation_of(request) or uuid7()
            record_bank_receipt(operation_id=operation, order_id=payment.pk, receipt=receipt, actor=actor_of(request))
            return f"{payment.order_number}: {receipt.amount} came. {_what_follows(payment, receipt.amount, operation)}"

        return self.do_each(request, payments, mark)

    @admin.action(description="Capture: take what is set aside", permissions=["pay"])
    def capture(self, request: HttpRequest, payments: QuerySet[Payment]) -> HttpResponse | None:
        """All that is left; the page of one payment also takes a part, and lets go of the rest or keeps it."""

        def take(payment: Payment) -> str:
            text = request.POST.get("amount", "").strip()
            amount = amount_of(text, payment.currency) if text else None
            operation = operation_of(request) or uuid7()
            done = capture_early(
                operation_id=operation,
                order_id=payment.pk,
                amount=amount,
                final="more" not in request.POST,
                actor=actor_of(request),
            )
            if done.status is CaptureStatus.PENDING:
                return f"{payment.order_number}: the provider did not answer yet, it goes on by itself."
            payment.refresh_from_db()
            left = payment.amount_received_minor < payment.authorized_minor
            rest = ", the rest is let go of" if done.final else ", the rest is still set aside"
            return f"{payment.order_number}: {done.amount} were taken{rest if left else ''}."

        return self.do_each(request, payments, take)

    @admin.action(description="Void: let go of what is set aside", permissions=["pay"])
    def void(self, request: HttpRequest, payments: QuerySet[Payment]) -> HttpResponse | None:
        """All of it, for good; the page of one payment also takes why."""

        def let_go(payment: Payment) -> str:
            note = request.POST.get("note", "").strip()[:500]
            operation = operation_of(request) or uuid7()
            done = void_by_hand(operation_id=operation, order_id=payment.pk, note=note, actor=actor_of(request))
            if done.status is PaymentStatus.AUTHORIZED:
                return f"{payment.order_number}: the provider did not answer yet, it goes on by itself."
            return f"{payment.order_number}: {done.amount_authorized - done.amount_received} were let go."

        return self.do_each(request, payments, let_go)

    @admin.display(description="Order", ordering="order_number")
    def number(self, payment: Payment) -> str:
        return payment.order_number or str(payment.order_id)

    @admin.display(description="Order")
    def order(self, payment: Payment) -> str:
        return row_link("orders.order", payment.order_id, payment.order_number)

    @admin.display(description="Method", ordering="method")
    def how(self, payment: Payment) -> str:
        return words(payment.method)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, payment: Payment) -> str:
        return str(payment.amount)

    @admin.display(description="Authorized")
    def authorized(self, payment: Payment) -> str:
        return money(payment.authorized_minor, payment.currency) if payment.authorized_minor else EMPTY

    @admin.display(description="Received")
    def received(self, payment: Payment) -> str:
        return money(payment.amount_received_minor, payment.currency)

    @admin.display(description="Sent back")
    def refunded(self, payment: Payment) -> str:
        return money(payment.amount_refunded_minor, payment.currency)

    @admin.display(description="Disputed")
    def disputed(self, payment: Payment) -> str:
        return money(payment.amount_disputed_minor, payment.currency) if payment.amount_disputed_minor else EMPTY

    @admin.display(description="Looked at next")
    def next_look(self, payment: Payment) -> str:
        return time_of(payment.due)

    @admin.display(description="Look also at")
    def elsewhere(self, payment: Payment) -> str:
        links = (
            search_link("payments.refund", payment.pk, "refunds"),
            search_link("payments.ledgerentry", payment.pk, "the books"),
            search_link("payments.providerevent", payment.provider_reference, "what the provider told"),
        )
        return format_html_join(" · ", "{}", ((link,) for link in links if link)) or EMPTY


def _amount(request: HttpRequest, payment: Payment) -> Money:
    """What the page's form says, in the payment's currency; all that is due without one."""
    text = request.POST.get("amount", "").strip()
    if not text:
        return payment.amount
    return amount_of(text, payment.currency)


def _what_follows(payment: Payment, came: Money, operation: UUID) -> str:
    """Of money that came by bank for the payment as it was before."""
    if Refund.objects.filter(pk=derived_id(operation, PAID_TWICE)).exists():
        return "It was paid already: this goes back, and waits among the refunds until it is sent."
    if payment.status == PaymentStatus.CANCELED:
        return "The order is over: it goes back, and waits among the refunds until it is sent."
    if came != payment.amount:
        return f"{payment.amount} were due: the order waits in review until somebody decides."
    return "The order is paid."
