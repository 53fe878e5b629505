"""Orders for staff: to look at, with the saga's columns and the timeline, and to cancel with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from shop.errors import DomainError

from .contracts import CancelReason
from .models import Order, OrderEvent, OrderLine, OrderRefund
from .rules import MEANING, MOVES
from .services.cancel_order import cancel_order

if TYPE_CHECKING:
    Inline = admin.TabularInline[Model, Order]
    Page = admin.ModelAdmin[Order]
else:
    Inline, Page = admin.TabularInline, admin.ModelAdmin


class ReadOnly:
    """Orders are changed by the saga alone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class LineInline(ReadOnly, Inline):
    model = OrderLine
    fields = ("position", "sku", "name", "quantity", "unit_price_minor", "total_minor", "tax_rate", "tax_minor")
    ordering = ("position",)


class TimelineInline(ReadOnly, Inline):
    model = OrderEvent
    fields = ("at", "frm", "to", "actor", "reason", "detail")
    ordering = ("at", "id")
    verbose_name_plural = "timeline"


class RefundInline(ReadOnly, Inline):
    model = OrderRefund
    fields = ("at", "amount_minor", "currency", "reason", "state")
    ordering = ("at",)


class CancelForm(ActionForm):
    """The action's reason; without one nothing is cancelled."""

    reason = forms.CharField(required=False, max_length=200, label="Reason")


@admin.register(Order)
class OrderAdmin(ReadOnly, Page):
    list_display = ("number", "status", "email", "total", "created_at", "due", "attempts", "last_error")
    list_filter = ("status",)
    search_fields = ("=number", "=email")
    search_help_text = "Number or e-mail address, as a whole."
    ordering = ("-created_at", "-id")
    list_per_page = 50
    show_full_result_count = False
    inlines = (LineInline, TimelineInline, RefundInline)
    action_form = CancelForm
    actions = ("cancel_with_reason",)
    readonly_fields = ("total", "states")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """To look is not to cancel."""
        user: Any = request.user
        return bool(user.has_perm("orders.change_order"))

    @admin.display(description="Total")
    def total(self, order: Order) -> str:
        return str(order.money("total"))

    @admin.display(description="Table of states")
    def states(self, order: Order) -> SafeString:
        """The saga's table, with this order's state in it."""
        rows = (
            ("→ " if state == order.status else "", state, ", ".join(sorted(MOVES[state])) or "the end", meaning)
            for state, meaning in MEANING.items()
        )
        return format_html_join("", "<div>{}<b>{}</b> to {}: {}</div>", rows)

    @admin.action(description="Cancel, give stock and money back", permissions=["cancel"])
    def cancel_with_reason(self, request: HttpRequest, orders: QuerySet[Order]) -> None:
        """One after the other; an order that cannot be cancelled is told and left."""
        reason = request.POST.get("reason", "").strip()[:200]
        if not reason:
            self.message_user(request, "Say the reason, beside the action.", messages.ERROR)
            return
        for order in orders:
            try:
                cancel_order(order, actor=f"staff:{request.user.pk}", reason=CancelReason.STAFF, detail=reason)
            except DomainError as refusal:
                self.message_user(request, f"{order.number}: {refusal.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{order.number} is {order.status}.", messages.SUCCESS)
