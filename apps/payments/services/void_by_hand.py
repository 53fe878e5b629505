"""Finance lets go of authorized money; the order that counted on it then waits for people."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from apps.payments import contracts
from apps.payments.contracts import PaymentStatus, VoidRefused
from apps.payments.models import FinanceKind, FinanceOperation, Payment
from apps.payments.providers import Refused
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault

from .capture_payment import FIRST_PUSH
from .find_payment import load_payment
from .push_void import note_unknown, push_void

LEAVING = "A parcel of this order is just leaving, or has left and its money is being taken: try again in a minute."


def void_by_hand(*, operation_id: UUID, order_id: UUID, note: str, actor: str) -> contracts.Payment:
    """Let go of all that is still set aside, once per operation; who did it and why is written with the claim.

    Claimed on the payment's row first, as a capture is, so that of the two only one is asked of the provider. One
    that does not answer is no failure: the sweep goes on, and the answer is still `authorized`. One that refuses ends
    the claim: what is set aside stays so, and can be captured, or let go by another operation. Refused while a parcel
    is leaving on it: from orders' question until the money of that parcel is taken.
    Raises PaymentNotFound, VoidRefused.
    """
    payment = load_payment(order_id)
    if payment.void_id != operation_id:
        payment = _claim_unless_refused(operation_id, payment, note, actor)
    fault("payments.void.row")
    answer = _try_now(payment) if payment.status == PaymentStatus.AUTHORIZED else payment.as_contract()
    let_go_of = FinanceOperation.objects.values_list("amount_minor", flat=True).get(pk=operation_id)
    if answer.status is PaymentStatus.SUCCEEDED and answer.amount_authorized.amount < (
        answer.amount_received.amount + let_go_of
    ):
        raise VoidRefused("It was captured already: send it back instead.", reason="already_captured")
    return answer


def _claim_unless_refused(operation_id: UUID, payment: Payment, note: str, actor: str) -> Payment:
    """A deed without its claim was given up; read in this order, since both are written at once."""
    if not FinanceOperation.objects.filter(pk=operation_id).exists():
        return _claim(operation_id, payment, note, actor)
    payment = load_payment(payment.pk)
    if payment.void_id != operation_id:
        raise VoidRefused("The provider refused to let go of it: it is still set aside.", reason="refused_before")
    return payment


def _claim(operation_id: UUID, payment: Payment, note: str, actor: str) -> Payment:
    """From here on nobody captures it, and no parcel leaves on it; the guard is one conditional update."""
    aside = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.AUTHORIZED, capture_id=None, void_id=None)
    free = aside.filter(Q(promised=None) | Q(promised=False))
    due = clock.now() + timedelta(seconds=settings.SHOP_BACKOFF_SECONDS * FIRST_PUSH)
    deed = FinanceOperation(
        id=operation_id,
        kind=FinanceKind.VOIDED,
        order_id=payment.pk,
        amount_minor=payment.amount_capturable.amount,
        currency=payment.currency,
        note=note,
        actor=actor,
    )

    def write() -> bool:
        if not free.update(void_id=operation_id, due=due, checks=0, revision=F("revision") + 1):
            return False
        deed.save(force_insert=True)
        return True

    claimed = transact("payments", write)
    payment = load_payment(payment.pk)
    if not claimed and payment.void_id != operation_id:  # a twin with the same id may have been faster
        raise _why_not(payment)
    return payment


def _try_now(payment: Payment) -> contracts.Payment:
    try:
        return push_void(payment).as_contract()
    except Refused as no:
        note_unknown(payment, no)
    except Unavailable:
        pass
    return load_payment(payment.pk).as_contract()


def _why_not(payment: Payment) -> VoidRefused:
    if payment.void_id is not None or (payment.status == PaymentStatus.CANCELED and payment.authorized_minor):
        return VoidRefused("It was let go already.", reason="already_voided")
    if payment.status == PaymentStatus.SUCCEEDED or payment.capture_id is not None:
        return VoidRefused("It was captured already: send it back instead.", reason="already_captured")
    if payment.promised and payment.status == PaymentStatus.AUTHORIZED:
        return VoidRefused(LEAVING, reason="parcel_leaving")
    return VoidRefused("Nothing is set aside for this order.", reason="not_authorized")
