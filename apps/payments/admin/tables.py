"""All that belongs to one payment, as tables on its page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from apps.payments import queries
from apps.payments.models import FinanceOperation, Payment, PaymentCapture
from shop.staff import EMPTY, money, person_link, row_link, words

from .deeds import time_of


class Tables:
    """What finance did, what was taken and sent back, and what the provider told of it."""

    @admin.display(description="Captures")
    def captures(self, payment: Payment) -> str:
        rows = [
            (
                time_of(row.at),
                str(row.amount),
                "let go" if row.final else "kept",
                _taken(row),
            )
            for row in queries.captures_of(payment)
        ]
        return _table(("Asked for", "Amount", "The rest", "Taken"), rows)

    @admin.display(description="Refunds")
    def refunds(self, payment: Payment) -> str:
        rows = [
            (
                row_link("payments.refund", row.pk, time_of(row.created_at)),
                money(row.amount_minor, row.currency),
                words(row.reason),
                row.status,
            )
            for row in queries.refunds_of(payment)
        ]
        return _table(("Asked for", "Amount", "Reason", "State"), rows)

    @admin.display(description="Disputes")
    def disputes(self, payment: Payment) -> str:
        rows = [
            (
                row_link("payments.dispute", row.pk, row.pk),
                str(row.amount),
                words(row.reason),
                row.status,
                row.provider_status,
            )
            for row in queries.disputes_of(payment)
        ]
        return _table(("Dispute", "Amount", "Reason", "State", "At the provider"), rows)

    @admin.display(description="The books")
    def books(self, payment: Payment) -> str:
        rows = [
            (time_of(row.at), row.kind, row.account, money(row.amount_minor, row.currency), row.reference)
            for row in queries.entries_of(payment)
        ]
        return _table(("At", "What", "Account", "Amount", "Reference"), rows)

    @admin.display(description="What finance did")
    def operations(self, payment: Payment) -> str:
        return _table(
            ("At", "Who", "What", "Amount", "Day", "Reference", "Note"), map(_deed, queries.operations_of(payment))
        )

    @admin.display(description="What the provider told")
    def events(self, payment: Payment) -> str:
        rows = [
            (
                row_link("payments.providerevent", row.pk, time_of(row.received_at)),
                row.type,
                row.status,
                row.note,
            )
            for row in queries.events_of(payment)
        ]
        return _table(("At", "Type", "State", "Note"), rows)


def _taken(row: PaymentCapture) -> str:
    return time_of(row.done_at) if row.done_at else "not taken"


def _deed(row: FinanceOperation) -> tuple[Any, ...]:
    amount = money(row.amount_minor, row.currency) if row.currency else EMPTY
    what = words(row.kind)
    return (time_of(row.at), person_link(row.actor), what, amount, row.happened_on or EMPTY, row.reference, row.note)


def _table(head: tuple[str, ...], rows: Any) -> str:
    rows = list(rows)
    if not rows:
        return EMPTY
    titles = format_html_join("", "<th>{}</th>", ((title,) for title in head))
    lines = (format_html_join("", "<td>{}</td>", ((cell,) for cell in row)) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", ((line,) for line in lines))
    return format_html("<table><tr>{}</tr>{}</table>", titles, body)
