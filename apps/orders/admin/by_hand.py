"""What the pages of one order and one return do by a form of their own: their words, their amounts, their refusals."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from shop.errors import DomainError, FieldError, Invalid, Unavailable
from shop.ids import derived_uuid7, uuid7
from shop.money import Money
from shop.staff import amount_of, refusal_of

Choice = TypeVar("Choice", bound=StrEnum)
Deed = Callable[[HttpRequest, UUID], str]


class FormsOfItsOwn:
    """A page whose forms post to addresses below it; a refusal is told there, and the page is shown again."""

    opts: Any
    admin_site: Any

    def form_url(self, name: str, deed: Deed, may: Callable[[HttpRequest], bool]) -> URLPattern:
        """`<id>/<name>/`, for those who `may`; `deed` answers what it has done."""
        page = f"{self.opts.app_label}_{self.opts.model_name}"

        def view(request: HttpRequest, object_id: UUID) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            if not may(request):
                raise PermissionDenied
            try:
                messages.success(request, deed(request, object_id))
            except (DomainError, Unavailable) as refusal:
                messages.error(request, refusal_of(refusal))
            return HttpResponseRedirect(reverse(f"admin:{page}_change", args=[object_id]))

        where: URLPattern = path(f"<uuid:object_id>/{name}/", self.admin_site.admin_view(view), name=f"{page}_{name}")
        return where


def money_in(request: HttpRequest, currency: str) -> Money | None:
    """What the form's amount says; None without one."""
    text = request.POST.get("amount", "").strip()
    return amount_of(text, currency) if text else None


def chosen(enum: type[Choice], value: str, field: str) -> Choice:
    """The enum's member that was chosen. Raises Invalid."""
    try:
        return enum(value)
    except ValueError:
        raise Invalid(errors=(FieldError(f"/{field}", "invalid_choice", f"{value!r} is none of them."),)) from None


def count_of(text: str, field: str) -> int:
    """A whole number of pieces; nothing typed is none. Raises Invalid."""
    if not (text := text.strip()):
        return 0
    if not text.isdecimal() or len(text) > 6:
        raise Invalid(errors=(FieldError(f"/{field}", "invalid", f"{text!r} is no number of pieces."),))
    return int(text)


def said_in(form: forms.Form) -> dict[str, Any]:
    """What the form says. Raises Invalid."""
    if not form.is_valid():
        told = [(name, one) for name, those in form.errors.as_data().items() for one in those]
        raise Invalid(
            errors=tuple(
                FieldError(f"/{name}", one.code or "invalid", f"{form[name].label}: {' '.join(one.messages)}")
                for name, one in told
            )
        )
    return dict(form.cleaned_data)


def operation_in(request: HttpRequest) -> UUID:
    """Of what a form says: sent twice, it is done once; with other words, or for another order, it is another deed."""
    try:
        made = UUID(request.POST.get("operation", ""))
    except ValueError:
        return uuid7()
    said = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    return derived_uuid7(made, f"{request.path} {sorted(said.items())}")
