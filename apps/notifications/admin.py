"""Staff see every message and its failures here, and may have one sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from shop import clock
from shop.jobs import wake

from .models import Message
from .rules import Status
from .tasks import send_due_messages

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Message]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Message)
class MessageAdmin(ModelAdmin):
    """Read-only but for the action."""

    list_display = ("order_number", "kind", "channel", "recipient", "status", "attempts", "created_at", "last_error")
    list_filter = ("status", "kind", "channel")
    search_fields = ("order_number__exact", "recipient__exact")
    ordering = ("-created_at",)
    show_full_result_count = False
    list_per_page = 50
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Dead ones are tried anew; sent ones are sent once more, with the same Message-ID."""
        ids = list(chosen.values_list("pk", flat=True))
        count = Message.objects.filter(pk__in=ids).update(status=Status.PENDING, attempts=0, due=clock.now())
        wake(send_due_messages)
        self.message_user(request, f"{count} messages will be sent again.", messages.SUCCESS)
