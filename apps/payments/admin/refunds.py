"""What goes back to buyers."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from apps.payments.contracts import PaymentMethod, RefundStatus
from apps.payments.models import Payment, Refund
from apps.payments.services.mark_refund_sent import mark_refund_sent
from shop import clock
from shop.ids import uuid7
from shop.staff import CurrencyFilter, WordsFilter, money, row_link, words

from .deeds import Page, StatementForm, actor_of, operation_of, statement_of, time_of


@admin.register(Refund)
class RefundAdmin(Page):
    """What goes back. One by bank transfer waits until finance has sent it."""

    list_display = ("created_at", "order", "how", "status", "amount", "why", "last_error")
    list_filter = ("created_at", "status", ("method", WordsFilter), CurrencyFilter)
    list_select_related = ("payment",)
    search_fields = ("provider_reference__exact",)
    search_help_text = "The provider's id (re_...), the order's number or the id of refund or order, as a whole."
    ordering = ("-created_at", "-refund_id")
    action_form = StatementForm
    actions = ("mark_sent",)
    fieldsets = (
        (None, {"fields": ("order", "how", "status", "amount", "why", "payment")}),
        ("Provider", {"fields": ("provider_reference", "last_error", "attempts")}),
        ("Times", {"fields": ("created_at", "succeeded_at", "next_look")}),
        ("For developers", {"classes": ("collapse",), "fields": ("refund_id", "key_number", "key_since")}),
    )
    readonly_fields = ("order", "how", "why", "amount", "next_look")

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """The order's number is its payment's: asked first, by itself."""
        term = search_term.strip()
        if not term:
            return queryset, False
        orders = list(Payment.objects.filter(order_number=term.upper()).values_list("pk", flat=True)[:10])
        found = Q(provider_reference=term) | Q(payment_id__in=orders)
        with suppress(ValueError):
            found |= Q(pk=UUID(term)) | Q(payment_id=UUID(term))
        return queryset.filter(found), False

    def called(self, row: Any) -> str:
        return f"{self.amount(row)} of {row.payment.order_number}"

    @admin.display(description="Looked at next")
    def next_look(self, refund: Refund) -> str:
        return time_of(refund.due)

    @admin.display(description="Order")
    def order(self, refund: Refund) -> str:
        return row_link("orders.order", refund.payment_id, refund.payment.order_number)

    @admin.display(description="Method")
    def how(self, refund: Refund) -> str:
        return words(refund.method)

    @admin.display(description="Reason")
    def why(self, refund: Refund) -> str:
        return words(refund.reason)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, refund: Refund) -> str:
        return money(refund.amount_minor, refund.currency)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Who may say what left."""
        return self.may_change(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        refund: Refund | None = kwargs.get("obj")
        if refund is not None and refund.method == PaymentMethod.BANK_TRANSFER and self.may_change(request):
            context |= {"may_mark_sent": refund.status == RefundStatus.PENDING, "operation": uuid7()}
            context |= {"to_send": self.called(refund), "today": clock.now().date().isoformat()}
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    @admin.action(description="Mark sent by bank", permissions=["send"])
    def mark_sent(self, request: HttpRequest, refunds: QuerySet[Refund]) -> HttpResponse | None:
        """From now on it is done, and its buyer is told."""
        line = statement_of(request)
        if line is None:
            self.message_user(request, "Say the bank's reference, beside the action.", messages.ERROR)
            return None

        def mark(refund: Refund) -> str:
            operation = operation_of(request) or uuid7()
            mark_refund_sent(
                operation_id=operation,
                refund_id=refund.pk,
                sent_on=line[0],
                reference=line[1],
                actor=actor_of(request),
            )
            return f"{self.called(refund)} were sent."

        return self.do_each(request, refunds, mark)
