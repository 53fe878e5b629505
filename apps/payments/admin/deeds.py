"""What the pages of finance share: nothing is edited, and a deed needs a day and the bank's word for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from shop import clock
from shop.errors import DomainError, Unavailable
from shop.staff import ReadOnly

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class Page(ReadOnly, ModelAdmin):
    """Lists and shows; the provider, the sagas and the services write."""

    show_full_result_count = False
    list_per_page = 50

    def may_change(self, request: HttpRequest) -> bool:
        """To look is not to act."""
        user: Any = request.user
        return bool(user.has_perm(f"payments.change_{self.opts.model_name}"))

    def do_each(self, request: HttpRequest, rows: Iterable[Any], deed: Callable[[Any], str]) -> HttpResponse | None:
        """One after the other; a refusal is told, and the others go on. Back to the page that the button was on."""
        for row in rows:
            try:
                self.message_user(request, deed(row), messages.SUCCESS)
            except (DomainError, Unavailable) as refusal:
                told = [error.detail for error in getattr(refusal, "errors", ())] or [str(refusal)]
                self.message_user(request, f"{row}: {' '.join(told)}", messages.ERROR)
        return HttpResponseRedirect(request.POST["from_page"]) if _is_ours(request) else None


class StatementForm(ActionForm):
    """The line of the bank statement that an action is about; without one nothing is done."""

    day = forms.DateField(required=False, label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    reference = forms.CharField(required=False, max_length=140, label="Bank's reference")


def statement_of(request: HttpRequest) -> tuple[date, str] | None:
    """Day and reference beside the action; today if no day was chosen."""
    reference = request.POST.get("reference", "").strip()[:140]
    try:
        day = date.fromisoformat(request.POST.get("day") or clock.now().date().isoformat())
    except ValueError:
        return None
    return (day, reference) if reference else None


def actor_of(request: HttpRequest) -> str:
    """Who of the staff, for the books."""
    return f"staff:{request.user.pk}"


def operation_of(request: HttpRequest) -> UUID | None:
    """The operation that a page's form was made for: sent twice, it is done once."""
    try:
        return UUID(request.POST.get("operation", ""))
    except ValueError:
        return None


def _is_ours(request: HttpRequest) -> bool:
    return request.POST.get("from_page", "").startswith("/admin/payments/")
