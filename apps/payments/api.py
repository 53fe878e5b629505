"""Door 1 of payments: what may be asked of it. Signatures only; bodies are in queries.py and services/."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shop.money import Money
from shop.ports import command, query

from .contracts import Capture, DisputeStatus, Payer, Payment, PaymentMethod, PaymentSheet, Refund


@query
def get_payment(*, order_id: UUID) -> Payment:
    """What is known here of the order's money, without asking the provider. Raises PaymentNotFound."""


@query(timeout=8)
def get_payment_sheet(*, order_id: UUID) -> PaymentSheet:
    """What the payment sheet needs, asked of the provider now. Raises PaymentNotFound."""


@query
def get_minimums(*, currency: str) -> Money:
    """The smallest amount that the provider takes in this currency."""


@command(key="order_id", calls_out=True)
def open_payment(
    *,
    order_id: UUID,
    order_number: str,
    amount: Money,
    email: str,
    method: PaymentMethod = PaymentMethod.CARD,
    payer: Payer | None = None,
) -> PaymentSheet:
    """Open the one payment of an order, or answer the one that is open, however that one is paid.

    Raises PaymentRefused for what the provider will never take. After a cancel of the same order
    the answer is canceled and nothing is opened. A zero amount needs no provider and succeeds at
    once (PaymentSucceeded is published).
    """


@command(key="order_id", calls_out=True)
def cancel_payment(*, order_id: UUID) -> Payment:
    """See to it that no money can come any more; before the payment is opened, forbid it.

    The answer says what is true at the provider: canceled; succeeded or authorized, when the buyer was
    faster; or processing, when nobody can know yet: ask again later.
    """


@command(key="order_id", calls_out=True)
def void_payment(*, order_id: UUID) -> Payment:
    """Let go of what is authorized, so that nothing is ever taken; what is not authorized is cancelled.

    The answer says what is true at the provider: canceled; succeeded, when it or a part of it was captured before;
    or processing: ask again later, as when it is still authorized, because the provider refuses or tells nothing.
    PaymentVoided is published when something authorized was let go.
    """


@command(key="order_id", calls_out=True)
def promise_capture(*, order_id: UUID, number: int) -> Payment:
    """Let no clerk let go of what is set aside, as goods are about to leave on it, until it is captured or withdrawn.

    `number` grows with each promise of an order: an earlier one, and one that was withdrawn, is never made again. The
    answer's `promised` says whose promise is kept; there is none where nothing is set aside or it is being let go.
    A cancellation by orders and the buyer's bank are not held off. Raises PaymentNotFound.
    """


@command(key="order_id", calls_out=True)
def withdraw_promise(*, order_id: UUID, number: int) -> bool:
    """No goods leave on promise `number` or an earlier one, which is not made again; False if a newer one is kept."""


@command(key="capture_id", calls_out=True)
def capture_payment(*, capture_id: UUID, order_id: UUID, amount: Money) -> Capture:
    """Take `amount` of what is still set aside, and let go of the rest. PaymentCaptured tells when it is done.

    Repeating with the same capture_id returns the same capture; pending means that it goes on by itself.
    Raises CaptureRefused: with reason `in_progress` while finance captures, `lapsed` where that came first, and
    never more is captured in all than was authorized.
    """


@command(key="refund_id", calls_out=True)
def refund_payment(*, refund_id: UUID, order_id: UUID, amount: Money, reason: str) -> Refund:
    """Send money back. Repeating with the same refund_id returns the same refund.

    Raises RefundRefused, never sends back more than was paid.
    """


@command(key="order_id")
def import_payment(
    *,
    order_id: UUID,
    order_number: str,
    amount: Money,
    paid_at: datetime,
    method: PaymentMethod = PaymentMethod.CARD,
) -> Payment:
    """Take over what was paid for an order elsewhere, or for the demo: no provider is asked, nothing is told.

    What came by bank transfer came to our bank account, and finance can send it back from there.
    """


@command(key="order_id")
def import_dispute(  # noqa: PLR0913  # a row of history has many columns
    *,
    order_id: UUID,
    dispute_id: str,
    amount: Money,
    reason: str,
    status: DisputeStatus,
    opened_at: datetime,
    answer_before: datetime | None = None,
) -> DisputeStatus:
    """Take over the one dispute of an imported payment, or for the demo: no provider is asked, nothing is told.

    What it took is booked, and cannot be sent back too. Raises PaymentNotFound.
    """
