"""Who has saved something to pay with. What it is, only Stripe knows."""

from __future__ import annotations

from django.contrib import admin

from apps.payments.models import ProviderCustomer
from shop.staff import SearchById, row_link

from .deeds import Page


@admin.register(ProviderCustomer)
class ProviderCustomerAdmin(SearchById, Page):
    """Found by the id of the account. Those that are closing are being deleted at the provider."""

    list_display = ("created_at", "account", "reference", "state")
    list_filter = ("state",)
    search_fields = ("customer_id",)
    search_help_text = "The id of the account, as a whole."
    ordering = ("-created_at", "-customer_id")
    readonly_fields = ("account",)
    fields = (
        "account",
        "customer_id",
        "reference",
        "state",
        "created_at",
        "due",
        "attempts",
        "key_number",
        "key_since",
    )

    @admin.display(description="Account")
    def account(self, customer: ProviderCustomer) -> str:
        return row_link("accounts.user", customer.customer_id, "customer")
