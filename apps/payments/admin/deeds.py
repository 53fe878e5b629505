"""What the pages of finance share: nothing is edited, and a deed needs a day and the bank's word for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import date as shown_date
from django.utils.html import format_html

from apps.payments.models import Payment
from apps.payments.rules import NEVER
from shop import clock
from shop.errors import DomainError, Unavailable
from shop.staff import EMPTY, ReadOnly, refusal_of, row_link

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

    def called(self, row: Any) -> str:
        """What people call this row."""
        return str(row)

    def do_each(self, request: HttpRequest, rows: Iterable[Any], deed: Callable[[Any], str]) -> HttpResponse | None:
        """One after the other; a refusal is told, and the others go on. Back to the page that the button was on."""
        for row in rows:
            try:
                self.message_user(request, deed(row), messages.SUCCESS)
            except (DomainError, Unavailable) as refusal:
                self.message_user(request, f"{self.called(row)}: {refusal_of(refusal)}", messages.ERROR)
        return HttpResponseRedirect(request.POST["from_page"]) if _is_ours(request) else None


class NumberedList(ChangeList):
    """Its rows know the number of their order, from one query for the whole page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        wanted = {row.order_id for row in rows if row.order_id}
        numbers = dict(Payment.objects.filter(pk__in=wanted).values_list("pk", "order_number"))
        for row in rows:
            row.order_number = numbers.get(row.order_id, "")
        self.result_list = rows


class OfOrders(Page):
    """Rows of orders, shown with the order's number and found by it."""

    search_fields: ClassVar[tuple[str, ...]] = ("order_id",)
    search_help_text: ClassVar[str] = "The order's number or id, as a whole."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NumberedList]:  # noqa: ARG002  # Django
        return NumberedList

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002  # Django's signature
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """The number is the payment's: asked first, by itself."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(self.found_by(term)), False

    def found_by(self, term: str) -> Q:
        """Of the order with this number or id."""
        orders = list(Payment.objects.filter(order_number=term.upper()).values_list("pk", flat=True)[:10])
        with suppress(ValueError):
            orders.append(UUID(term))
        return Q(order_id__in=orders)

    @admin.display(description="Order")
    def order(self, row: Any) -> str:
        """Its number, which only a list has read already."""
        number = getattr(row, "order_number", None)
        if number is None:
            number = Payment.objects.filter(pk=row.order_id).values_list("order_number", flat=True).first() or ""
        return row_link("orders.order", row.order_id, number)


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


def time_of(at: datetime | None) -> str:
    """On one line; of what waits for people, no time is known."""
    if at is None or at == NEVER:
        return EMPTY
    return format_html('<span class="nowrap">{}</span>', shown_date(at, "Y-m-d H:i:s"))


def _is_ours(request: HttpRequest) -> bool:
    return request.POST.get("from_page", "").startswith("/admin/payments/")
