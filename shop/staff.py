"""What the staff's pages of all contexts share: money in words, links by id, a filter of currencies, a search by id.

A link is made from a page's name ("orders.order") and an id, as text: no context imports another, and where the other's
pages are not served, or are not for the person who looks, the plain text stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html

from shop.db import transact
from shop.db.router import home_of
from shop.errors import DomainError, FieldError, Invalid, Unavailable
from shop.looking import may_open
from shop.money import Money, digits

EMPTY = "-"
LARGEST = 10**15
T = TypeVar("T")


def money(minor: int | None, currency: str) -> str:
    """12.00 EUR, which people can read, of the columns that are kept."""
    return EMPTY if minor is None else str(Money(minor, currency))


def amount_of(text: str, currency: str) -> Money:
    """What a form's "12.50" or "12,50" says in this currency. Raises Invalid for what is no amount, or nothing."""
    try:
        minor = Decimal(text.replace(",", ".")).scaleb(digits(currency))
    except InvalidOperation:
        minor = Decimal(0)
    if not minor.is_finite() or minor <= 0 or minor != minor.to_integral_value() or minor >= LARGEST:
        raise Invalid(errors=(FieldError("/amount", "no_amount", f"{text!r} is no amount of {currency}."),))
    return Money(int(minor), currency)


def row_link(page: str, pk: Any, text: str = "") -> str:
    """To the row of another page: `row_link("orders.order", order_id, number)`."""
    if not pk:
        return EMPTY
    text = text or str(pk)
    address = _address(page, "change", pk)
    return format_html('<a href="{}">{}</a>', address, text) if address else text


def search_link(page: str, term: Any, text: str) -> str:
    """To what another page finds for `term`, for rows that may not exist yet; nothing without that page."""
    address = _address(page, "changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode({"q": term}), text) if address and term else ""


def words(code: str) -> str:
    """`bank_transfer` for people."""
    return code.replace("_", " ") or EMPTY


def person_link(actor: str) -> str:
    """Who did it: `staff:<id>` and `user:<id>` lead to the person's page."""
    kind, _, pk = actor.partition(":")
    if pk and kind in {"staff", "user"}:
        return row_link("accounts.user", pk, "staff")
    return actor or EMPTY


def refusal_of(refusal: DomainError | Unavailable) -> str:
    """What it says to people: each wrong field, or else its sentence, and never its code."""
    told = [error.detail for error in getattr(refusal, "errors", ())]
    sentence = getattr(refusal, "detail", "") or getattr(refusal, "title", "") or str(refusal)
    return " ".join(told) or sentence


def _address(page: str, view: str, *args: Any) -> str:
    if not may_open(page):
        return ""
    try:
        return reverse(f"admin:{page.replace('.', '_')}_{view}", args=args)
    except NoReverseMatch:
        return ""


class ReadOnly:
    """A page to look at: nobody adds, changes or deletes there."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


def again_on_conflict(request: HttpRequest, model: type[Model], view: Callable[[], T]) -> T:
    """Django saves a page in one transaction, and gives up when a rival writes the same rows in that moment."""
    return transact(home_of(model._meta.app_label), view) if request.method == "POST" else view()  # noqa: SLF001


class RefusalsAsMessages:
    """A page whose saves are use cases: what they refuse is shown, and the form comes again."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django's, but for the refusals and for conflicts."""
        view = partial(super().changeform_view, request, *args, **kwargs)  # type: ignore[misc]
        try:
            return again_on_conflict(request, self.model, view)  # type: ignore[attr-defined]
        except DomainError as refusal:
            messages.error(request, refusal.detail or refusal.title)
            return HttpResponseRedirect(request.get_full_path())


class SearchById:
    """Finds rows by a whole id in any of `search_fields`. Django would compare texts: no index, no dashes."""

    search_fields: ClassVar[Sequence[str]] = ()

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: QuerySet[Any],
        search_term: str,
    ) -> tuple[QuerySet[Any], bool]:
        """Nothing for what is no id."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            wanted = UUID(term)
        except ValueError:
            return queryset.none(), False
        return queryset.filter(Q.create([(field, wanted) for field in self.search_fields], connector=Q.OR)), False


class WordsFilter(admin.ChoicesFieldListFilter):
    """By the codes of a column, which are read as words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Django's, without what only programs write."""
        for choice in super().choices(changelist):
            yield {**choice, "display": words(str(choice["display"]))}


class CurrencyFilter(admin.SimpleListFilter):
    """By the shop's currencies, known without asking every row for its own."""

    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  # Django's signature
        return [(currency, currency) for currency in settings.CURRENCIES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(currency=self.value()) if self.value() else queryset
