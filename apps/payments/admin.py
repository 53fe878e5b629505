"""Staff look at the money here; nothing can be changed but an event handled again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from shop import clock
from shop.jobs import wake

from .models import Payment, ProviderEvent, Refund

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

    list_display = ("order_number", "status", "amount", "amount_refunded_minor", "provider_reference", "created_at")
    list_filter = ("status", "currency", "provider")
    search_fields = ("order_number__exact", "provider_reference__exact")
    ordering = ("-created_at",)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """What was sent back."""

    list_display = ("refund_id", "payment_id", "status", "amount_minor", "currency", "reason", "created_at")
    list_filter = ("status", "currency")
    search_fields = ("provider_reference__exact",)
    ordering = ("-created_at",)


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """What the provider told, and what became of it. Dead ones can be handled again."""

    list_display = ("id", "type", "status", "attempts", "received_at", "handled_at", "note")
    list_filter = ("status", "type")
    search_fields = ("id__exact", "reference__exact", "intent_reference__exact")
    ordering = ("-received_at",)
    actions = ("replay",)

    @admin.action(description="Handle again")
    def replay(self, request: HttpRequest, events: QuerySet[ProviderEvent]) -> None:
        """Harmless for events that were handled: the provider is asked what is true now."""
        from .tasks import handle_provider_events

        ids = list(events.values_list("pk", flat=True))
        count = ProviderEvent.objects.filter(pk__in=ids).update(
            status=ProviderEvent.PENDING, attempts=0, due=clock.now()
        )
        wake(handle_provider_events)
        self.message_user(request, f"{count} events will be handled again.", messages.SUCCESS)
