"""Address books, to look at: their owners change them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import Address, User
from shop.addresses import PostalAddress, normalised_email
from shop.staff import ReadOnly, row_link

if TYPE_CHECKING:
    Page = admin.ModelAdmin[Address]
else:
    Page = admin.ModelAdmin


@admin.register(Address)
class AddressAdmin(ReadOnly, Page):
    list_display = ("name", "line1", "postal_code", "city", "country", "owner", "default_for")
    list_select_related = ("user",)
    search_fields = ("id",)
    search_help_text = "The owner's e-mail address or id, as a whole."
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("owner", "default_for")}),
        ("Address", {"fields": (*(field.name for field in fields(PostalAddress)), "phone")}),
        ("Times", {"fields": ("created_at", "updated_at", "version")}),
    )
    readonly_fields = ("owner", "default_for", "created_at", "updated_at")

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        queryset: QuerySet[Address],
        search_term: str,
    ) -> tuple[QuerySet[Address], bool]:
        """By an index, never through all addresses."""
        term = search_term.strip()
        if not term:
            return queryset, False
        with suppress(ValueError):
            return queryset.filter(user_id=UUID(term)), False
        owners = list(User.objects.filter(email=normalised_email(term)).values_list("pk", flat=True))
        return queryset.filter(user_id__in=owners), False

    @admin.display(description="Owner")
    def owner(self, address: Address) -> str:
        return row_link("accounts.user", address.user_id, address.user.email)

    @admin.display(description="Default for")
    def default_for(self, address: Address) -> str:
        uses = {"shipping": address.user.default_shipping_id, "billing": address.user.default_billing_id}
        return ", ".join(use for use, pk in uses.items() if pk == address.pk) or "-"
