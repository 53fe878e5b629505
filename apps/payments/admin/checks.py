"""Whether the money is right: the books, what differs, the comparisons, and what finance did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.payments.models import Difference, FinanceOperation, LedgerEntry, ReconciliationRun, RunState
from apps.payments.services.books import read_books
from apps.payments.services.run_reconciliation import ask_reconciliation
from shop.ids import uuid7
from shop.jobs import wake
from shop.staff import EMPTY, CurrencyFilter, WordsFilter, money, person_link, words

from .deeds import OfOrders, Page, actor_of


@admin.register(LedgerEntry)
class LedgerEntryAdmin(OfOrders):
    """The books, newest first, below what each account sums to; found by their order."""

    list_display = ("at", "order", "kind", "account", "amount", "reference")
    list_filter = ("at", "kind", "account", CurrencyFilter)
    ordering = ("-at", "-id")
    fields = ("at", "order", "kind", "account", "amount", "reference", "posting_id")
    readonly_fields = ("order", "amount")

    @admin.display(description="Amount", ordering="amount_minor")
    def amount(self, entry: LedgerEntry) -> str:
        return money(entry.amount_minor, entry.currency)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With the totals, from the last checkpoint on."""
        books = read_books()
        shown = [
            (account, money(total, currency))
            for currency, accounts in sorted(books.totals.items())
            for account, total in sorted(accounts.items())
        ]
        rest = [str(books.rest(currency)) for currency in sorted(books.totals)]
        context = {**(extra_context or {}), "totals": shown, "rest": ", ".join(rest), "entries": books.entries}
        return super().changelist_view(request, context)


class OpenFilter(admin.SimpleListFilter):
    """What still differs, unless all is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("gone", "No longer there"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        chosen = self.value()
        return queryset if chosen == "all" else queryset.filter(resolved_at__isnull=chosen != "gone")

    def choices(self, changelist: Any) -> Any:
        """The first choice says what it is."""
        first, *others = super().choices(changelist)
        return [{**first, "display": "Still differs"}, *others]


class Comparisons(Page):
    """A list with a button that compares us with the provider."""

    change_list_template = "admin/payments/checks.html"
    actions = ("check_now",)

    def has_check_permission(self, request: HttpRequest) -> bool:
        """To look is not to set work off."""
        return self.may_change(request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With a button that compares, and what the last comparison found."""
        context = {**(extra_context or {}), "may_check": self.may_change(request), "last": _last_run()}
        return super().changelist_view(request, context)

    @admin.action(description="Compare again now", permissions=["check"])
    def check_now(self, request: HttpRequest, _chosen: QuerySet[Any]) -> None:
        """A worker compares everything of the last days, not only what was chosen."""
        compare_now(request)
        self.message_user(
            request, "A worker compares now: load this page again in a moment to see what it found.", messages.SUCCESS
        )


@admin.register(Difference)
class DifferenceAdmin(Comparisons, OfOrders):
    """Where our money and the provider's, or our rows and our books, do not agree. Checked daily, and on request."""

    list_display = ("detail", "what", "order", "reference", "first_found", "last_found", "resolved_at")
    list_filter = (OpenFilter, ("kind", WordsFilter))
    ordering = ("-last_found", "-id")
    readonly_fields = ("order",)
    fields = ("detail", "kind", "order", "reference", "first_found", "last_found", "resolved_at")

    @admin.display(description="Kind")
    def what(self, difference: Difference) -> str:
        return words(difference.kind)


@admin.register(ReconciliationRun)
class ReconciliationRunAdmin(Comparisons):
    """Each comparison with the provider, and what it found."""

    list_display = ("asked_at", "state", "who", "found", "news", "finished_at", "error")
    list_filter = ("state",)
    ordering = ("-asked_at", "-id")
    fields = ("asked_at", "who", "state", "since", "until", "finished_at", "found", "news", "error", "what")
    readonly_fields = ("who", "what")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """A list does not read what each found."""
        return super().get_queryset(request).defer("differences")

    @admin.display(description="Asked by")
    def who(self, run: ReconciliationRun) -> str:
        return person_link(run.asked_by)

    @admin.display(description="What differed then")
    def what(self, run: ReconciliationRun) -> SafeString | str:
        lines = format_html_join("", "<li>{}</li>", ((one["detail"],) for one in run.differences))
        return format_html("<ul>{}</ul>", lines) if lines else EMPTY


@admin.register(FinanceOperation)
class FinanceOperationAdmin(OfOrders):
    """What finance did by hand, newest first."""

    list_display = ("at", "who", "what", "order", "amount", "happened_on", "reference")
    list_filter = ("at", ("kind", WordsFilter), CurrencyFilter)
    ordering = ("-at", "-id")
    fields = ("at", "who", "what", "order", "refund_id", "amount", "happened_on", "reference", "note")
    readonly_fields = ("who", "what", "order", "amount")

    @admin.display(description="Who")
    def who(self, operation: FinanceOperation) -> str:
        return person_link(operation.actor)

    @admin.display(description="What")
    def what(self, operation: FinanceOperation) -> str:
        return words(operation.kind)

    @admin.display(description="Amount")
    def amount(self, operation: FinanceOperation) -> str:
        return money(operation.amount_minor, operation.currency) if operation.currency else EMPTY


def _last_run() -> str:
    run = ReconciliationRun.objects.defer("differences").order_by("-asked_at", "-id").first()
    if run is None:
        return "Nobody has compared yet."
    became = {
        RunState.DONE: f"{run.found or 'nothing'} differed",
        RunState.FAILED: f"it failed. {run.error}",
        RunState.ASKED: "a worker is about to begin; look again in a moment",
        RunState.RUNNING: "a worker is at it; look again in a moment",
    }
    return f"The last comparison was asked for at {localize(run.asked_at)}: {became[RunState(run.state)]}."


def compare_now(request: HttpRequest) -> None:
    """Both checks, by a worker."""
    from apps.payments.tasks import check_books

    wake(check_books)
    ask_reconciliation(run_id=uuid7(), asked_by=actor_of(request))
