"""Money came to our bank account: finance says so, and what follows is what follows any payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F

from apps.payments.contracts import (
    AlreadyPaid,
    AmountDiffers,
    NotByBank,
    PaymentMethod,
    PaymentStatus,
    PaymentSucceeded,
    RefundStatus,
)
from apps.payments.models import FinanceKind, FinanceOperation, Payment, Refund
from apps.payments.providers.bank import reference_of
from apps.payments.rules import NEVER
from shop import clock
from shop.db import transact
from shop.errors import FieldError, Invalid, Unavailable
from shop.events import publish
from shop.faults import fault
from shop.ids import derived_id
from shop.money import Money

from .find_payment import load_payment
from .ledger import book_received

TRIES = 5
PAID_TWICE = "paid_twice"
"""The reason of the refund of money that came a second time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One line of our bank statement."""

    amount: Money
    received_on: date
    reference: str
    """What the bank calls it."""
    note: str = ""
    confirmed: bool = False
    """The clerk has seen that it is not what was expected, and that it came all the same."""


def record_bank_receipt(*, operation_id: UUID, order_id: UUID, receipt: Receipt, actor: str) -> Payment:
    """Book it once per operation and tell of the payment; money is never refused, only a slip of the pen is.

    Exactly what is due pays the order. Another amount, once confirmed, pays too, and the order waits for staff. Money
    for a cancelled order goes back, as any late money. What comes a second time, once confirmed, is booked and goes
    back whole. Raises PaymentNotFound, NotByBank, AmountDiffers, AlreadyPaid, Invalid.
    """
    for _ in range(TRIES):
        payment = load_payment(order_id)
        if FinanceOperation.objects.filter(pk=operation_id).exists():
            return payment
        _check(payment, receipt)
        if _write(payment, receipt, operation_id, actor):
            fault("payments.receipt.written")
            return load_payment(order_id)
    raise Unavailable("This payment changes faster than it can be read.")


def _check(payment: Payment, receipt: Receipt) -> None:
    if payment.method != PaymentMethod.BANK_TRANSFER or not payment.amount_minor:
        raise NotByBank("This order is not paid by bank transfer.")
    if receipt.amount.currency != payment.currency:
        raise _wrong("/amount/currency", "currency", f"This order is paid in {payment.currency}.")
    if receipt.received_on > clock.now().date():
        raise _wrong("/received_on", "in_the_future", "This day is still to come.")
    if payment.status == PaymentStatus.SUCCEEDED:
        _check_second(payment, receipt)
    elif receipt.amount != payment.amount and not receipt.confirmed:
        raise AmountDiffers(
            f"{payment.amount} is due, not {receipt.amount}. If that is what came, confirm it.",
            expected={"amount": payment.amount_minor, "currency": payment.currency},
        )


def _check_second(payment: Payment, receipt: Receipt) -> None:
    """The same line of the bank statement, entered by two clerks, is no second payment."""
    rows = FinanceOperation.objects.filter(order_id=payment.pk, kind=FinanceKind.BANK_RECEIPT)
    line = {"amount_minor": receipt.amount.amount, "happened_on": receipt.received_on, "reference": receipt.reference}
    if rows.filter(**line).exists():
        raise AlreadyPaid("This very receipt was entered before.")
    if not receipt.confirmed:
        raise AlreadyPaid("This order is paid. If the buyer has paid twice, confirm it.")


def _write(payment: Payment, receipt: Receipt, operation_id: UUID, actor: str) -> bool:
    """False if somebody wrote since `payment` was read: look again."""
    second = payment.status == PaymentStatus.SUCCEEDED
    amount = receipt.amount.amount
    changes = (
        {
            "amount_received_minor": F("amount_received_minor") + amount,
            "amount_refunded_minor": F("amount_refunded_minor") + amount,
        }
        if second
        else {
            "status": PaymentStatus.SUCCEEDED,
            "amount_received_minor": amount,
            "succeeded_at": clock.now(),
            "provider_reference": payment.provider_reference or reference_of(payment.pk),
        }
    )
    operation = FinanceOperation(
        id=operation_id,
        kind=FinanceKind.BANK_RECEIPT,
        order_id=payment.pk,
        amount_minor=amount,
        currency=receipt.amount.currency,
        happened_on=receipt.received_on,
        reference=receipt.reference,
        note=receipt.note,
        actor=actor,
    )

    def write() -> bool:
        rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
        if not rows.update(revision=payment.revision + 1, **changes):
            return False
        operation.save(force_insert=True)
        _book(payment, operation, second=second)
        return True

    return transact("payments", write)


def _book(payment: Payment, operation: FinanceOperation, *, second: bool) -> None:
    amount, at = Money(operation.amount_minor, operation.currency), operation.at
    of = operation.pk if second else None
    book_received(payment, amount, reference=operation.reference, at=at, of=of)
    if second:
        _promise_back(payment, operation)
    else:
        publish(PaymentSucceeded(order_id=payment.pk, amount=amount, paid_at=at), key=payment.pk)


def _promise_back(payment: Payment, operation: FinanceOperation) -> None:
    refund_id = derived_id(operation.pk, PAID_TWICE)
    Refund(
        refund_id=refund_id,
        payment_id=payment.pk,
        method=payment.method,
        provider_reference=reference_of(refund_id),
        currency=operation.currency,
        amount_minor=operation.amount_minor,
        reason=PAID_TWICE,
        status=RefundStatus.PENDING,
        due=NEVER,
    ).save(force_insert=True)


def _wrong(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(errors=(FieldError(pointer, code, detail),))
