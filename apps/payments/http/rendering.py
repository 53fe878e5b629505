"""The money of an order as plain data, for staff."""

from __future__ import annotations

from typing import Any

import msgspec

from apps.payments import queries
from apps.payments.models import (
    Difference,
    Dispute,
    FinanceOperation,
    LedgerEntry,
    Payment,
    PaymentCapture,
    ProviderEvent,
    ReconciliationRun,
    Refund,
)
from apps.payments.services.books import Books
from shop.money import Money


def render_summary(payment: Payment) -> dict[str, Any]:
    """The payment in a list: its row is all that is read."""
    return {
        "order_id": payment.order_id,
        "order_number": payment.order_number,
        "method": payment.method,
        "provider": payment.provider,
        "provider_reference": payment.provider_reference,
        "status": payment.status,
        "amount": payment.amount,
        "authorized": payment.amount_authorized,
        "received": payment.amount_received,
        "refunded": Money(payment.amount_refunded_minor, payment.currency),
        "disputed": Money(payment.amount_disputed_minor, payment.currency),
        "created_at": payment.created_at,
        "authorized_at": payment.authorized_at,
        "succeeded_at": payment.succeeded_at,
    }


def render_payment(payment: Payment) -> dict[str, Any]:
    """All that is known of it: seven reads, each by an index."""
    return {
        **render_summary(payment),
        "last_error": payment.last_error,
        "captures": [_capture(capture) for capture in queries.captures_of(payment)],
        "refunds": [render_refund(refund) for refund in queries.refunds_of(payment)],
        "ledger": [_entry(entry) for entry in queries.entries_of(payment)],
        "events": [render_event(event) for event in queries.events_of(payment)],
        "disputes": [render_dispute(dispute) for dispute in queries.disputes_of(payment)],
        "operations": [_operation(operation) for operation in queries.operations_of(payment)],
    }


def _capture(capture: PaymentCapture) -> dict[str, Any]:
    return {
        "capture_id": capture.pk,
        "amount": capture.amount,
        "final_capture": capture.final,
        "created_at": capture.at,
        "succeeded_at": capture.done_at,
    }


def render_refund(refund: Refund) -> dict[str, Any]:
    """One refund, wherever it is shown."""
    return {
        "refund_id": refund.refund_id,
        "order_id": refund.payment_id,
        "method": refund.method,
        "status": refund.status,
        "amount": Money(refund.amount_minor, refund.currency),
        "reason": refund.reason,
        "provider_reference": refund.provider_reference,
        "last_error": refund.last_error,
        "created_at": refund.created_at,
        "succeeded_at": refund.succeeded_at,
    }


def render_dispute(dispute: Dispute) -> dict[str, Any]:
    """One dispute, wherever it is shown."""
    names = ("id", "order_id", "status", "provider_status", "reason", "evidence_due", "opened_at", "closed_at")
    return {
        "amount": dispute.amount,
        "withdrawn": Money(dispute.withdrawn_minor, dispute.currency),
        "fee": Money(dispute.fee_minor, dispute.fee_currency or dispute.currency),
    } | {name: getattr(dispute, name) for name in names}


def render_event(event: ProviderEvent) -> dict[str, Any]:
    """One event without its body."""
    names = ("id", "type", "status", "note", "attempts", "reference", "occurred_at", "received_at", "handled_at")
    return {name: getattr(event, name) for name in names}


def render_event_with_body(event: ProviderEvent) -> dict[str, Any]:
    """One event as it came."""
    return {**render_event(event), "payload": msgspec.json.decode(event.payload)}


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "posting_id": entry.posting_id,
        "kind": entry.kind,
        "account": entry.account,
        "amount": Money(entry.amount_minor, entry.currency),
        "reference": entry.reference,
        "at": entry.at,
    }


def _operation(operation: FinanceOperation) -> dict[str, Any]:
    names = ("id", "kind", "refund_id", "happened_on", "reference", "note", "actor", "at")
    amount = Money(operation.amount_minor, operation.currency) if operation.currency else None
    return {"amount": amount} | {name: getattr(operation, name) for name in names}


def render_run(run: ReconciliationRun) -> dict[str, Any]:
    """One comparison in a list."""
    names = ("id", "state", "asked_by", "asked_at", "since", "until", "finished_at", "found", "news", "error")
    return {name: getattr(run, name) for name in names}


def render_run_with_differences(run: ReconciliationRun) -> dict[str, Any]:
    """One comparison, and what differed then."""
    return {**render_run(run), "differences": run.differences}


def render_difference(difference: Difference) -> dict[str, Any]:
    """One difference as it is now."""
    names = ("id", "kind", "order_id", "reference", "detail", "first_found", "last_found", "resolved_at")
    return {name: getattr(difference, name) for name in names}


def render_books(books: Books) -> dict[str, Any]:
    """The total of each account, and what those of a currency sum to."""
    return {
        "currencies": [
            {
                "currency": currency,
                "accounts": [
                    {"account": account, "total": Money(total, currency)}
                    for account, total in sorted(books.totals[currency].items())
                ],
                "sum": books.rest(currency),
            }
            for currency in sorted(books.totals)
        ],
        "entries": books.entries,
    }
