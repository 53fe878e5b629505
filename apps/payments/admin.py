"""Staff look at the money here; nothing can be changed but an event handled again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from shop import clock
from shop.jobs import wake
from shop.staff import EMPTY, CurrencyFilter, SearchById, money, row_link, search_link

from .models import Difference, LedgerEntry, Payment, ProviderEvent, Refund

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    """Lists and shows; the provider and the sagas write."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """The money of each order."""

    list_display = (
        "number",
        "status",
        "amount",
        "authorized",
        "received",
        "refunded",
        "provider_reference",
        "created_at",
    )
    list_filter = ("status", CurrencyFilter)
    search_fields = ("order_number__exact", "provider_reference__exact")
    search_help_text = "Number of the order or the provider's id (pi_...), as a whole."
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("order", "status", "amount", "authorized", "received", "refunded", "elsewhere")}),
        (
            "Provider",
            {"fields": ("provider", "provider_reference", "capture", "refusal", "last_error", "last_failure")},
        ),
        ("Times", {"fields": ("created_at", "authorized_at", "succeeded_at", "due", "checks")}),
        (
            "For developers",
            {"classes": ("collapse",), "fields": ("order_id", "revision", "key_number", "key_since", "capture_id")},
        ),
    )
    readonly_fields = ("order", "amount", "authorized", "received", "refunded", "elsewhere")

    @admin.display(description="Order", ordering="order_number")
    def number(self, payment: Payment) -> str:
        return payment.order_number or str(payment.order_id)

    @admin.display(description="Order")
    def order(self, payment: Payment) -> str:
        return row_link("orders.order", payment.order_id, payment.order_number)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, payment: Payment) -> str:
        return str(payment.amount)

    @admin.display(description="Authorized")
    def authorized(self, payment: Payment) -> str:
        return money(payment.authorized_minor, payment.currency)

    @admin.display(description="Received")
    def received(self, payment: Payment) -> str:
        return money(payment.amount_received_minor, payment.currency)

    @admin.display(description="Sent back")
    def refunded(self, payment: Payment) -> str:
        return money(payment.amount_refunded_minor, payment.currency)

    @admin.display(description="Look also at")
    def elsewhere(self, payment: Payment) -> SafeString:
        links = (
            search_link("payments.refund", payment.pk, "refunds"),
            search_link("payments.ledgerentry", payment.pk, "the books"),
            search_link("payments.providerevent", payment.provider_reference, "what the provider told"),
        )
        return format_html_join(" · ", "{}", ((link,) for link in links if link))


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """What was sent back."""

    list_display = ("refund_id", "order", "status", "amount", "reason", "created_at", "last_error")
    list_filter = ("status", CurrencyFilter)
    list_select_related = ("payment",)
    search_fields = ("provider_reference__exact",)
    search_help_text = "The provider's id (re_...), the order's number or the id of refund or order, as a whole."
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("order", "status", "amount", "reason", "payment")}),
        ("Provider", {"fields": ("provider_reference", "last_error", "attempts")}),
        ("Times", {"fields": ("created_at", "succeeded_at", "due")}),
        ("For developers", {"classes": ("collapse",), "fields": ("refund_id", "key_number", "key_since")}),
    )
    readonly_fields = ("order", "amount")

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

    @admin.display(description="Order")
    def order(self, refund: Refund) -> str:
        return row_link("orders.order", refund.payment_id, refund.payment.order_number)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, refund: Refund) -> str:
        return money(refund.amount_minor, refund.currency)


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """What the provider told, and what became of it. Dead ones can be handled again."""

    list_display = ("id", "type", "status", "note", "received_at")
    list_filter = ("status",)
    search_fields = ("id__exact", "reference__exact", "intent_reference__exact")
    search_help_text = (
        "The provider's id of the event, of its object or of the payment (evt_, pi_, re_ ...), as a whole."
    )
    ordering = ("-received_at",)
    actions = ("replay",)
    fieldsets = (
        (None, {"fields": ("id", "type", "status", "note", "attempts", "payment")}),
        ("Times", {"fields": ("occurred_at", "received_at", "handled_at", "due")}),
        ("Told", {"fields": ("provider", "reference", "body")}),
    )
    readonly_fields = ("payment", "body")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A list does not read the bodies."""
        return super().get_queryset(request).defer("payload")

    @admin.display(description="Payment")
    def payment(self, event: ProviderEvent) -> str:
        found = search_link("payments.payment", event.intent_reference, event.intent_reference)
        return found or EMPTY

    @admin.display(description="Body")
    def body(self, event: ProviderEvent) -> SafeString:
        """As it came, indented."""
        return format_html("<pre>{}</pre>", msgspec.json.format(event.payload, indent=2))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """To look is not to handle again."""
        user: Any = request.user
        return bool(user.has_perm("payments.change_providerevent"))

    @admin.action(description="Handle again", permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[ProviderEvent]) -> None:
        """Harmless for events that were handled: the provider is asked what is true now."""
        from .tasks import handle_provider_events

        ids = list(events.values_list("pk", flat=True))
        count = ProviderEvent.objects.filter(pk__in=ids).update(
            status=ProviderEvent.PENDING, attempts=0, due=clock.now()
        )
        wake(handle_provider_events)
        self.message_user(request, f"{count} event{pluralize(count)} will be handled again.", messages.SUCCESS)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(SearchById, ReadOnlyAdmin):
    """The books, newest first: found by the id of their order."""

    list_display = ("at", "order", "kind", "account", "amount", "reference")
    list_filter = ("kind", "account", CurrencyFilter)
    search_fields = ("order_id",)
    search_help_text = "The id of the order, as a whole; the payment's page leads here."
    ordering = ("-at",)
    fields = ("at", "order", "kind", "account", "amount", "reference", "posting_id")
    readonly_fields = ("order", "amount")

    @admin.display(description="Order")
    def order(self, entry: LedgerEntry) -> str:
        return row_link("orders.order", entry.order_id)

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, entry: LedgerEntry) -> str:
        return money(entry.amount_minor, entry.currency)


class OpenFilter(admin.SimpleListFilter):
    """What still differs, unless all is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("gone", "No longer there"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        chosen = self.value()
        return queryset if chosen == "all" else queryset.filter(resolved_at__isnull=chosen != "gone")

    def choices(self, changelist: Any) -> Any:
        """The first choice says what it is."""
        first, *others = super().choices(changelist)
        return [{**first, "display": "Still differs"}, *others]


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    """Where our money and the provider's, or our rows and our books, do not agree. Checked daily, and on request."""

    list_display = ("detail", "kind", "order", "reference", "first_found", "last_found", "resolved_at")
    list_filter = (OpenFilter, "kind")
    ordering = ("-last_found",)
    actions = ("check_now",)
    readonly_fields = ("order",)
    fields = ("detail", "kind", "order", "reference", "first_found", "last_found", "resolved_at")

    @admin.display(description="Order")
    def order(self, difference: Difference) -> str:
        return row_link("orders.order", difference.order_id)

    def has_check_permission(self, request: HttpRequest) -> bool:
        """To look is not to set work off."""
        user: Any = request.user
        return bool(user.has_perm("payments.change_difference"))

    @admin.action(description="Compare again now", permissions=["check"])
    def check_now(self, request: HttpRequest, _chosen: QuerySet[Difference]) -> None:
        """A worker compares everything of the last days, not only what was chosen."""
        from .tasks import check_books, reconcile_with_provider

        wake(check_books)
        wake(reconcile_with_provider)
        self.message_user(request, "A worker compares now; look again in a moment.", messages.SUCCESS)
