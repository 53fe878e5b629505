"""Compare our payments and refunds with the provider's, both ways, and note every difference."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from apps.payments.contracts import PaymentMethod, PaymentStatus, RefundStatus
from apps.payments.models import FinanceKind, FinanceOperation, Payment, Refund
from apps.payments.providers import IntentState, RefundState, Refused, provider
from apps.payments.rules import Account, DifferenceKind, account_of
from shop import clock

from .apply_intent import learn
from .differences import Found, note_difference, resolve_differences
from .push_refund import push_refund
from .push_void import still_set_aside
from .reconcile_disputes import disputes_here, disputes_there

logger = logging.getLogger(__name__)

PAGE = 100
WINDOW = timedelta(days=3)
YOUNG = timedelta(minutes=15)
"""What is younger may still be on its way between us and the provider; the next look sees it."""
KINDS = frozenset(DifferenceKind) - {DifferenceKind.LEDGER, DifferenceKind.UNBALANCED}
Kind = DifferenceKind
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one comparison came to."""

    since: datetime
    until: datetime
    found: list[Found]
    news: int
    """How many differences are new, open again, or gone."""


def reconcile(*, window: timedelta = WINDOW) -> Comparison:
    """Note what differs within `window`, close what does not any more.

    What we only had not heard of yet is asked for and written, so it is no difference. What the provider refuses
    to tell of one payment or refund ends nothing: the others are compared. Raises Unavailable.
    """
    now = clock.now()
    since, until = now - window, now - YOUNG
    seen: set[UUID | str] = set()
    found = [
        *_unless_refused("its intents", lambda: _intents(provider().intents_between(since, until), seen)),
        *_unless_refused("its refunds", lambda: _refunds(provider().refunds_between(since, until), seen)),
        *_missing_intents(since, until, seen),
        *_missing_refunds(since, until, seen),
        *_unless_refused("its disputes", lambda: disputes_there(provider().disputes_between(since, until), seen)),
        *disputes_here(seen),
    ]
    news = sum(map(note_difference, found)) + resolve_differences(KINDS, found=found, looked_at=seen)
    return Comparison(since, until, found, news)


def _unless_refused(what: str, compare: Callable[[], Iterator[Found]]) -> Iterator[Found]:
    """What comparing finds, up to where the provider will not tell."""
    try:
        yield from compare()
    except Refused as no:
        logger.error("The provider refused to tell of %s: %s", what, no.reason)  # noqa: TRY400


def _pages(rows: Iterable[T]) -> Iterator[list[T]]:
    stream = iter(rows)
    while page := list(itertools.islice(stream, PAGE)):
        yield page


def _intents(intents: Iterable[IntentState], seen: set[UUID | str]) -> Iterator[Found]:
    for page in _pages(intents):
        ours = Payment.objects.in_bulk([intent.order_id for intent in page if intent.order_id])
        voided = _to_be_let_go(page, ours.values())
        for intent in page:
            payment = ours.get(intent.order_id) if intent.order_id else None
            try:
                yield from _intent(intent, payment, voided)
            except Refused as no:
                logger.error("The provider refused to tell of %s: %s", intent.reference, no.reason)  # noqa: TRY400
                continue
            seen |= {intent.reference, *([intent.order_id] if intent.order_id else [])}


def _intent(intent: IntentState, payment: Payment | None, voided: Container[UUID]) -> Iterator[Found]:
    paid = intent.status in {PaymentStatus.SUCCEEDED, PaymentStatus.AUTHORIZED}
    if payment is None:
        if paid:
            yield _about(intent, Kind.STRANGE_INTENT, f"{_holds(intent)} for no order of ours.")
        return
    if payment.provider_reference not in {"", intent.reference}:
        if paid:
            told = f"Order {payment.order_number} is {payment.provider_reference}; {_holds(intent)} too."
            yield _about(intent, Kind.SECOND_INTENT, told)
        return
    if (payment.status, payment.amount_received) != (intent.status, intent.received):
        # Asked by its id: to compare must never make an intent.
        payment, intent = learn(payment, lambda _: provider().retrieve_intent(intent.reference))
    yield from _compare(intent, payment, voided)


def _compare(intent: IntentState, payment: Payment, voided: Container[UUID]) -> Iterator[Found]:
    name = f"Order {payment.order_number}"
    if payment.status != intent.status:
        yield _about(intent, Kind.STATUS, f"{name} is {payment.status} here and {intent.status} there.")
    elif payment.amount_received != intent.received:
        told = f"{name} got {payment.amount_received} here and {intent.received} there."
        yield _about(intent, Kind.RECEIVED, told)
    elif payment.status == PaymentStatus.AUTHORIZED and payment.amount_capturable != intent.authorized:
        told = f"{name} has {payment.amount_capturable} set aside here and {intent.authorized} there."
        yield _about(intent, Kind.RECEIVED, told)
    elif payment.status == PaymentStatus.AUTHORIZED and payment.pk in voided:
        yield still_set_aside(payment)


def _to_be_let_go(page: Iterable[IntentState], ours: Iterable[Payment]) -> set[UUID]:
    """Of what is set aside the orders that finance let go of, whether the claim stands or was given up: one read."""
    aside = {one.order_id for one in page if one.order_id and one.status is PaymentStatus.AUTHORIZED}
    aside |= {payment.pk for payment in ours if payment.status == PaymentStatus.AUTHORIZED}
    if not aside:
        return set()
    voids = FinanceOperation.objects.filter(order_id__in=aside, kind=FinanceKind.VOIDED)
    found = voids.filter(at__lt=clock.now() - YOUNG).order_by().values_list("order_id", flat=True)
    return {order_id for order_id in found if order_id}


def _holds(intent: IntentState) -> str:
    if intent.status is PaymentStatus.AUTHORIZED:
        return f"{intent.reference} has {intent.authorized} set aside"
    return f"{intent.reference} got {intent.received}"


def _about(intent: IntentState, kind: DifferenceKind, detail: str) -> Found:
    return Found(kind, detail, order_id=intent.order_id, reference=intent.reference)


def _refunds(refunds: Iterable[RefundState], seen: set[UUID | str]) -> Iterator[Found]:
    for page in _pages(refunds):
        ours = Refund.objects.in_bulk([refund.refund_id for refund in page if refund.refund_id])
        for refund in page:
            try:
                yield from _refund(refund, ours.get(refund.refund_id) if refund.refund_id else None)
            except Refused as no:
                logger.error("The provider refused to tell of %s: %s", refund.reference, no.reason)  # noqa: TRY400
                continue
            seen.add(refund.reference)


def _refund(there: RefundState, here: Refund | None) -> Iterator[Found]:
    if here is None or here.provider_reference not in {"", there.reference}:
        if there.status is not RefundStatus.FAILED:
            yield Found(
                Kind.STRANGE_REFUND,
                f"{there.reference} sent {there.amount} of {there.intent} back, and not by us.",
                reference=there.reference,
            )
        return
    if here.status != there.status:
        here = push_refund(here)
    amounts = (here.amount_minor, here.currency), (there.amount.amount, there.amount.currency)
    if here.status != there.status or amounts[0] != amounts[1]:
        yield Found(
            Kind.REFUND,
            f"Refund {here.pk} is {here.status} here and {there.status} with {there.amount} there.",
            order_id=here.payment_id,
            reference=there.reference,
        )


def _missing_intents(since: datetime, until: datetime, seen: set[UUID | str]) -> Iterator[Found]:
    """Payments of ours that were not among the provider's: it is asked for each before it is believed."""
    rows = Payment.objects.filter(created_at__gte=since, created_at__lt=until).exclude(provider_reference="")
    rows = rows.filter(method=PaymentMethod.CARD)
    for payment in rows.order_by("created_at").iterator():
        if payment.provider_reference in seen or account_of(payment.provider) is Account.ELSEWHERE:
            continue
        try:
            intent = provider().retrieve_intent(payment.provider_reference)
        except Refused:
            yield Found(
                Kind.MISSING,
                f"Order {payment.order_number}: the provider does not know {payment.provider_reference}.",
                order_id=payment.pk,
                reference=payment.provider_reference,
            )
        else:
            voided = _to_be_let_go([intent], [payment])
            yield from _unless_refused(intent.reference, partial(_intent, intent, payment, voided))
        seen |= {payment.pk, payment.provider_reference}


def _missing_refunds(since: datetime, until: datetime, seen: set[UUID | str]) -> Iterator[Found]:
    rows = Refund.objects.filter(created_at__gte=since, created_at__lt=until).exclude(provider_reference="")
    rows = rows.filter(method=PaymentMethod.CARD)
    for refund in rows.order_by("created_at").iterator():
        if refund.provider_reference in seen:
            continue
        try:
            there = provider().retrieve_refund(refund.provider_reference)
        except Refused:
            yield Found(
                Kind.MISSING,
                f"The provider does not know {refund.provider_reference}, refund {refund.pk}.",
                order_id=refund.payment_id,
                reference=refund.provider_reference,
            )
        else:
            yield from _unless_refused(there.reference, partial(_refund, there, refund))
        seen.add(refund.provider_reference)
