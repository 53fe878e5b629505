"""Buyers who took the money back through their bank."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q

from apps.payments.models import Dispute
from shop.staff import CurrencyFilter, money, row_link, words

from .deeds import OfOrders


@admin.register(Dispute)
class DisputeAdmin(OfOrders):
    """To look at; evidence is given at the provider."""

    list_display = ("opened_at", "order", "amount", "why", "status", "evidence_due", "id")
    list_filter = ("opened_at", "status", CurrencyFilter)
    search_help_text = "The order's number or id, or the provider's id (du_...), as a whole."
    ordering = ("-opened_at", "-id")
    fields = (
        "id",
        "order",
        "payment",
        "amount",
        "why",
        "status",
        "provider_status",
        "withdrawn",
        "fee",
        "evidence_due",
        "opened_at",
        "closed_at",
    )
    readonly_fields = ("order", "payment", "why", "amount", "withdrawn", "fee")

    def found_by(self, term: str) -> Q:
        """Or the one with this id."""
        return super().found_by(term) | Q(pk=term)

    @admin.display(description="Payment")
    def payment(self, dispute: Dispute) -> str:
        return row_link("payments.payment", dispute.order_id, "its payment")

    @admin.display(description="Reason")
    def why(self, dispute: Dispute) -> str:
        return words(dispute.reason)

    @admin.display(description="Amount")
    def amount(self, dispute: Dispute) -> str:
        return str(dispute.amount)

    @admin.display(description="Taken from us")
    def withdrawn(self, dispute: Dispute) -> str:
        return money(dispute.withdrawn_minor, dispute.currency)

    @admin.display(description="Fee")
    def fee(self, dispute: Dispute) -> str:
        return money(dispute.fee_minor, dispute.fee_currency or dispute.currency)
