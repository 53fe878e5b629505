"""Who has saved something to pay with. What it is, only Stripe knows."""

from __future__ import annotations

from django.contrib import admin

from apps.payments.models import ProviderCustomer
from shop.staff import SearchById

from .deeds import Page


@admin.register(ProviderCustomer)
class ProviderCustomerAdmin(SearchById, Page):
    """Found by the id of the account. Those that are closing are being deleted at the provider."""

    list_display = ("customer_id", "reference", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("customer_id",)
    search_help_text = "The id of the account, as a whole."
    ordering = ("-created_at", "-customer_id")
    fields = ("customer_id", "reference", "state", "created_at", "due", "attempts", "key_number", "key_since")
