"""Staff see every message and its failures here, and may have one sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shop.errors import DomainError
from shop.jobs import wake
from shop.staff import ReadOnly, WordsFilter, person_link, row_link

from .contracts import CannotResend
from .models import Attempt, Message, News, Suppression
from .services.release_suppression import release_suppression
from .services.resend_message import resend_message, why_not
from .tasks import send_due_messages

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Message]
    SuppressionPage = admin.ModelAdmin[Suppression]
    Inline = admin.TabularInline[Model, Message]
else:
    ModelAdmin = SuppressionPage = admin.ModelAdmin
    Inline = admin.TabularInline


class AttemptInline(ReadOnly, Inline):
    model = Attempt
    fields = ("number", "started_at", "ended_at", "outcome", "error", "who", "delivery", "delivery_error")
    readonly_fields = ("who",)
    ordering = ("number",)
    verbose_name_plural = "attempts"

    @admin.display(description="Asked for by")
    def who(self, attempt: Attempt) -> str:
        return person_link(attempt.asked_by)


class NewsInline(ReadOnly, Inline):
    model = News
    fields = ("attempt", "word", "error", "told_at")
    ordering = ("told_at", "id")
    verbose_name_plural = "what the carrier told"


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):
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
    list_filter = ("created_at", "status", ("kind", WordsFilter), "channel")
    search_fields = ("order_number__exact", "recipient__exact")
    search_help_text = "Number of the order or the recipient, as a whole."
    ordering = ("-created_at",)
    show_full_result_count = False
    list_per_page = 50
    actions = ("send_again",)
    inlines = (AttemptInline, NewsInline)
    fieldsets = (
        (None, {"fields": ("what", "channel", "recipient", "language", "order")}),
        (
            "Sending",
            {
                "fields": (
                    "status",
                    "attempts",
                    "last_error",
                    "due",
                    "created_at",
                    "sent_at",
                    "delivered_at",
                    "provider_reference",
                )
            },
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

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the button, or what keeps it from being sent again."""
        message: Message | None = kwargs.get("obj")
        if message is not None and self.has_send_permission(request):
            context |= {"may_send": True, "why_not": why_not(message)}
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> HttpResponse | None:
        """Dead ones are tried anew; sent ones are sent once more, and the mailbox sees that. Links are not kept."""
        again = 0
        for message in chosen:
            try:
                _check_seen(message, request.POST.get("round"))
                resend_message(message, actor=f"staff:{request.user.pk}")
            except DomainError as refusal:
                self.message_user(request, f"{message}: {refusal.detail}", messages.ERROR)
            else:
                again += 1
        if again:
            wake(send_due_messages)
            self.message_user(request, f"{again} message{pluralize(again)} will be sent again.", messages.SUCCESS)
        page = chosen.first() if "from_page" in request.POST else None
        return HttpResponseRedirect(reverse("admin:notifications_message_change", args=[page.pk])) if page else None


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, SuppressionPage):
    """Addresses that nothing is sent to, with the way back."""

    list_display = ("address", "channel", "reason", "detail", "active", "since", "released")
    list_filter = ("active", ("reason", WordsFilter), "channel")
    search_fields = ("address__exact",)
    search_help_text = "The whole address or number."
    ordering = ("-since",)
    show_full_result_count = False
    list_per_page = 50
    actions = ("release",)

    @admin.display(description="Released by")
    def released(self, row: Suppression) -> str:
        return person_link(row.released_by)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """To look is not to release."""
        user: Any = request.user
        return bool(user.has_perm("notifications.change_suppression"))

    @admin.action(description="Write to these addresses again", permissions=["send"])
    def release(self, request: HttpRequest, chosen: QuerySet[Suppression]) -> HttpResponse | None:
        """From now on: what was held back meanwhile is sent again one by one."""
        for row in chosen:
            release_suppression(row.pk, actor=f"staff:{request.user.pk}")
        self.message_user(request, "These addresses are written to again.", messages.SUCCESS)
        page = chosen.first() if "from_page" in request.POST else None
        return HttpResponseRedirect(reverse("admin:notifications_suppression_change", args=[page.pk])) if page else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the way back."""
        row: Suppression | None = kwargs.get("obj")
        context |= {"may_release": row is not None and row.active and self.has_send_permission(request)}
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer


def _check_seen(message: Message, seen: str | None) -> None:
    """The button of a page that is old, or was clicked twice, sends nothing. Raises CannotResend."""
    if seen is not None and seen != str(message.round):
        raise CannotResend("It was sent again since this page was loaded: look at its attempts.", status=message.status)
