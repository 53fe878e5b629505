"""What the provider told us."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.payments.models import ProviderEvent
from apps.payments.services.replay_event import replay_event
from shop.ids import uuid7
from shop.staff import EMPTY, search_link

from .deeds import Page, actor_of, operation_of


@admin.register(ProviderEvent)
class ProviderEventAdmin(Page):
    """What the provider told, and what became of it; any of it can be handled again."""

    list_display = ("received_at", "type", "status", "note", "id")
    list_filter = ("received_at", "status")
    search_fields = ("id__exact", "reference__exact", "intent_reference__exact")
    search_help_text = (
        "The provider's id of the event, of its object or of the payment (evt_, pi_, re_ ...), as a whole."
    )
    ordering = ("-received_at", "-id")
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

    def called(self, row: Any) -> str:
        return str(row.pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {"may_replay": self.may_change(request), "operation": uuid7()}
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """To look is not to handle again."""
        return self.may_change(request)

    @admin.action(description="Handle again", permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[ProviderEvent]) -> HttpResponse | None:
        """Harmless for events that were handled: the provider is asked what is true now."""

        def again(event: ProviderEvent) -> str:
            replay_event(operation_id=operation_of(request) or uuid7(), event_id=event.pk, actor=actor_of(request))
            return f"Event {event.pk} will be handled again: look at it in a moment."

        return self.do_each(request, events, again)
