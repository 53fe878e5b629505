"""The money of each order, with all that belongs to it on one page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as shown_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.payments import queries
from apps.payments.contracts import CaptureStatus, PaymentMethod, PaymentStatus
from apps.payments.models import FinanceOperation, Payment, Refund
from apps.payments.services.capture_early import capture_early
from apps.payments.services.record_bank_receipt import Receipt, record_bank_receipt
from apps.payments.services.void_by_hand import void_by_hand
from shop.ids import uuid7
from shop.money import Money
from shop.staff import EMPTY, CurrencyFilter, WordsFilter, amount_of, money, person_link, row_link, search_link, words

from .deeds import Page, StatementForm, actor_of, operation_of, statement_of

SUMS = ("amount", "authorized", "received", "refunded", "disputed")


@admin.register(Payment)
class PaymentAdmin(Page):
    """Mark paid what came by bank, capture or void what is set aside; everything else is the provider's word."""

    list_display = (
        "number",
        "how",
        "status",
        "amount",
        "authorized",
        "received",
        "refunded",
        "disputed",
        "created_at",
    )
    list_filter = ("created_at", "status", ("method", WordsFilter), CurrencyFilter)
    search_fields = ("order_number__exact", "provider_reference__exact")
    search_help_text = "Number of the order or the provider's id (pi_...), as a whole."
    ordering = ("-created_at", "-order_id")
    action_form = StatementForm
    actions = ("mark_paid", "capture", "void")
    fieldsets = (
        (None, {"fields": ("order", "how", "status", *SUMS, "elsewhere")}),
        ("Captures", {"fields": ("captures",)}),
        ("Refunds", {"fields": ("refunds",)}),
        ("Disputes", {"fields": ("disputes",)}),
        ("Books", {"fields": ("books",)}),
        ("What finance did", {"fields": ("operations",)}),
        ("What the provider told", {"fields": ("events",)}),
        (
            "Provider",
            {"fields": ("provider", "provider_reference", "capture", "refusal", "last_error", "last_failure")},
        ),
        ("Times", {"fields": ("created_at", "authorized_at", "succeeded_at", "due", "checks")}),
        (
            "For developers",
            {
                "classes": ("collapse",),
                "fields": ("order_id", "revision", "key_number", "key_since", "capture_id", "void_id"),
            },
        ),
    )
    readonly_fields = (
        *("order", "how", *SUMS, "elsewhere", "captures", "refunds", "disputes"),
        *("books", "operations", "events"),
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
            return f"{payment.order_number}: {receipt.amount} came."

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
            rest = "" if done.final else ", the rest is still set aside"
            return f"{payment.order_number}: {done.amount} were taken{rest}."

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

    @admin.display(description="Look also at")
    def elsewhere(self, payment: Payment) -> SafeString:
        links = (
            search_link("payments.refund", payment.pk, "refunds"),
            search_link("payments.ledgerentry", payment.pk, "the books"),
            search_link("payments.providerevent", payment.provider_reference, "what the provider told"),
        )
        return format_html_join(" · ", "{}", ((link,) for link in links if link))

    @admin.display(description="Captures")
    def captures(self, payment: Payment) -> str:
        rows = [
            (_time(row.at), str(row.amount), "let go" if row.final else "kept", _time(row.done_at) or "not taken")
            for row in queries.captures_of(payment)
        ]
        return _table(("Asked for", "Amount", "The rest", "Taken"), rows)

    @admin.display(description="Refunds")
    def refunds(self, payment: Payment) -> str:
        rows = [
            (row_link("payments.refund", row.pk, _time(row.created_at)), _refund_money(row), row.reason, row.status)
            for row in queries.refunds_of(payment)
        ]
        return _table(("Asked for", "Amount", "Reason", "State"), rows)

    @admin.display(description="Disputes")
    def disputes(self, payment: Payment) -> str:
        rows = [
            (row_link("payments.dispute", row.pk, row.pk), str(row.amount), row.reason, row.status, row.provider_status)
            for row in queries.disputes_of(payment)
        ]
        return _table(("Dispute", "Amount", "Reason", "State", "At the provider"), rows)

    @admin.display(description="Entries")
    def books(self, payment: Payment) -> str:
        rows = [
            (_time(row.at), row.kind, row.account, money(row.amount_minor, row.currency), row.reference)
            for row in queries.entries_of(payment)
        ]
        return _table(("At", "What", "Account", "Amount", "Reference"), rows)

    @admin.display(description="Deeds")
    def operations(self, payment: Payment) -> str:
        return _table(
            ("At", "Who", "What", "Amount", "Day", "Reference", "Note"), map(_deed, queries.operations_of(payment))
        )

    @admin.display(description="Events")
    def events(self, payment: Payment) -> str:
        rows = [
            (row_link("payments.providerevent", row.pk, row.pk), row.type, row.status, row.note, _time(row.received_at))
            for row in queries.events_of(payment)
        ]
        return _table(("Event", "Type", "State", "Note", "At"), rows)


def _amount(request: HttpRequest, payment: Payment) -> Money:
    """What the page's form says, in the payment's currency; all that is due without one."""
    text = request.POST.get("amount", "").strip()
    if not text:
        return payment.amount
    return amount_of(text, payment.currency)


def _deed(row: FinanceOperation) -> tuple[Any, ...]:
    amount = money(row.amount_minor, row.currency) if row.currency else EMPTY
    what = words(row.kind)
    return (_time(row.at), person_link(row.actor), what, amount, row.happened_on or EMPTY, row.reference, row.note)


def _refund_money(row: Refund) -> str:
    return money(row.amount_minor, row.currency)


def _time(at: Any) -> str:
    return shown_date(at, "Y-m-d H:i:s")


def _table(head: tuple[str, ...], rows: Any) -> str:
    rows = list(rows)
    if not rows:
        return EMPTY
    titles = format_html_join("", "<th>{}</th>", ((title,) for title in head))
    lines = (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((line,) for line in lines))
    return format_html("<table><tr>{}</tr>{}</table>", titles, body)
