"""Buyers who took the money back through their bank."""

from __future__ import annotations

from django.contrib import admin

from apps.payments.models import Dispute
from shop.staff import CurrencyFilter, money, row_link

from .deeds import Page


@admin.register(Dispute)
class DisputeAdmin(Page):
    """To look at; evidence is given at the provider."""

    list_display = ("id", "order", "amount", "reason", "status", "provider_status", "evidence_due", "opened_at")
    list_filter = ("status", CurrencyFilter)
    search_fields = ("id__exact",)
    search_help_text = "The provider's id (du_...), as a whole."
    ordering = ("-opened_at", "-id")
    fields = (
        "id",
        "order",
        "amount",
        "reason",
        "status",
        "provider_status",
        "withdrawn",
        "fee",
        "evidence_due",
        "opened_at",
        "closed_at",
    )
    readonly_fields = ("order", "amount", "withdrawn", "fee")

    @admin.display(description="Order")
    def order(self, dispute: Dispute) -> str:
        return row_link("payments.payment", dispute.order_id, "its payment")

    @admin.display(description="Amount")
    def amount(self, dispute: Dispute) -> str:
        return str(dispute.amount)

    @admin.display(description="Taken from us")
    def withdrawn(self, dispute: Dispute) -> str:
        return money(dispute.withdrawn_minor, dispute.currency)

    @admin.display(description="Fee")
    def fee(self, dispute: Dispute) -> str:
        return money(dispute.fee_minor, dispute.fee_currency or dispute.currency)
