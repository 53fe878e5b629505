"""What all pages of catalog share: the person as principal, refusals as messages, read-only tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from shop import call
from shop.errors import DomainError
from shop.principal import Principal

if TYPE_CHECKING:  # generic to the type checker only
    Base = admin.ModelAdmin[Any]
    Tabular = admin.TabularInline[Any, Any]
else:
    Base, Tabular = admin.ModelAdmin, admin.TabularInline


class ServiceAdmin(Base):
    """A page whose saves are use cases: what they refuse is shown, not crashed on."""

    show_full_result_count = False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with call.scope(principal=Principal(kind="staff", subject=f"user:{request.user.pk}")):
            try:
                answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
            except DomainError as refusal:
                self.message_user(request, refusal.detail or refusal.title, messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
        return answer

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        except DomainError as refusal:
            self.message_user(request, refusal.detail or refusal.title, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return answer


class ReadOnlyAdmin(Base):
    """Nobody adds, changes or deletes here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
