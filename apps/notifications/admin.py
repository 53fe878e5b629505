"""Staff see every message and its failures here, and may have one sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shop import clock
from shop.jobs import wake
from shop.staff import row_link

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

    list_display = (
        "what",
        "channel",
        "recipient",
        "order",
        "status",
        "created_at",
        "last_error",
    )
    list_filter = ("status", "kind", "channel")
    search_fields = ("order_number__exact", "recipient__exact")
    search_help_text = "Number of the order or the recipient, as a whole."
    ordering = ("-created_at",)
    show_full_result_count = False
    list_per_page = 50
    actions = ("send_again",)
    fieldsets = (
        (None, {"fields": ("what", "channel", "recipient", "language", "order")}),
        (
            "Sending",
            {"fields": ("status", "attempts", "last_error", "due", "created_at", "sent_at", "provider_reference")},
        ),
        ("Content", {"fields": ("subject", "plain")}),
    )
    readonly_fields = ("what", "order", "plain")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """A list does not read the texts."""
        return super().get_queryset(request).defer("text", "html", "secret")

    @admin.display(description="Message", ordering="kind")
    def what(self, message: Message) -> str:
        return message.kind.replace("_", " ").capitalize()

    @admin.display(description="Order", ordering="order_number")
    def order(self, message: Message) -> str:
        return row_link("orders.order", message.order_id, message.order_number)

    @admin.display(description="Text")
    def plain(self, message: Message) -> SafeString:
        return format_html("<pre>{}</pre>", message.text)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """To look is not to send."""
        user: Any = request.user
        return bool(user.has_perm("notifications.change_message"))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Dead ones are tried anew; sent ones are sent once more, with the same Message-ID. Links are not kept."""
        ids = list(chosen.filter(expires_at__isnull=True).values_list("pk", flat=True))
        count = Message.objects.filter(pk__in=ids).update(status=Status.PENDING, attempts=0, due=clock.now())
        wake(send_due_messages)
        self.message_user(request, f"{count} message{pluralize(count)} will be sent again.", messages.SUCCESS)
