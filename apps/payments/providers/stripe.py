"""Stripe by its official SDK. Real or fake differ in the base address alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import stripe
from django.conf import settings

from apps.payments.contracts import PaymentRefused, PaymentStatus, RefundStatus
from shop.errors import Unavailable
from shop.money import Money

from .protocol import BadSignature, DisputeState, EventNotice, IntentState, NewIntent, RefundState, Refused
from .stripe_customers import StripeCustomers
from .stripe_disputes import dispute_state
from .stripe_http import BoundedSession, new_client, our_id, speaking_to_stripe

TOLERANCE_SECONDS = 300
NO_EVENT = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What a body raises that is signed and yet no event."""
LONGEST_LIST = 5000
CLOCK_DIFFERENCE = timedelta(minutes=5)

INTENT_STATUS = {
    "requires_payment_method": PaymentStatus.OPEN,
    "requires_confirmation": PaymentStatus.OPEN,
    "requires_action": PaymentStatus.OPEN,
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.AUTHORIZED,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELED,
}
REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
BY_ITSELF = frozenset({"automatic", "expired"})
"""Why Stripe cancels an intent that nobody captured in time."""
MANUAL_CAPTURE = {
    "capture_method": "manual",
    "payment_method_options": {"card": {"request_multicapture": "if_available"}},
}
"""Set aside first; in parts where the card's bank and the account allow it."""
WITH_TWO_MORE_DIGITS = frozenset({"ISK", "UGX"})
"""They have no minor unit, but Stripe still counts them in hundredths, which must be 00."""
NOT_TAKEN = frozenset({"MGA"})
"""ISO 4217 gives it two digits and Stripe none: what we call 100 would be charged as a hundred times as much."""
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts, in minor units.
MINIMUMS = {
    **dict.fromkeys(("USD", "AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD"), 50),
    "GBP": 30,
    "AED": 200,
    "MYR": 200,
    "PLN": 200,
    "RON": 200,
    "BGN": 100,
    "DKK": 250,
    "NOK": 300,
    "SEK": 300,
    "HKD": 400,
    "MXN": 1000,
    "THB": 1000,
    "CZK": 1500,
    "HUF": 17500,
}


class StripeProvider(StripeCustomers):
    """The money of one Stripe account."""

    name = "stripe"
    is_remote = True

    def __init__(self, *, secret_key: str, publishable_key: str, webhook_secret: str, api_base: str) -> None:
        self.publishable_key = publishable_key
        self._webhook_secret = webhook_secret
        self._session = BoundedSession()
        self._client = new_client(secret_key, api_base, self._session)

    @classmethod
    def of_settings(cls) -> StripeProvider:
        """The account that the settings name."""
        keys = settings.STRIPE
        return cls(
            secret_key=keys.secret_key,
            publishable_key=keys.publishable_key,
            webhook_secret=keys.webhook_secret,
            api_base=keys.api_base,
        )

    def close(self) -> None:
        """End the open connections; a later call opens new ones."""
        self._session.close()

    def minimum(self, currency: str) -> Money:
        """Stripe's table; a currency outside it is left to Stripe's own answer. Raises PaymentRefused."""
        if currency in NOT_TAKEN:
            raise PaymentRefused(f"Nothing can be paid in {currency}.", reason="unknown_currency")
        try:
            return Money(MINIMUMS.get(currency, 1), currency)
        except ValueError as error:
            raise PaymentRefused(f"Nothing can be paid in {currency}.", reason="unknown_currency") from error

    def instructions(self, *, order_number: str, amount: Money) -> None:
        """The payment sheet asks for all."""

    def open_intent(self, wanted: NewIntent, *, key: str) -> IntentState:
        """Make an intent that takes whatever methods the account offers. It knows its order."""
        with speaking_to_stripe():
            intent = self._client.v1.payment_intents.create(params=_params(wanted), options={"idempotency_key": key})
        return _intent_state(intent)

    def find_intent(self, *, order_id: UUID, since: datetime) -> IntentState | None:
        """List, not search: Stripe's search lags by a minute or more."""
        oldest = int((since - CLOCK_DIFFERENCE).timestamp())
        with speaking_to_stripe():
            page = self._client.v1.payment_intents.list(params={"created": {"gte": oldest}, "limit": 100})
            intents = [_intent_state(intent) for intent in islice(page.auto_paging_iter(), LONGEST_LIST)]
        if len(intents) == LONGEST_LIST:
            raise Unavailable("Too many payments since then to look through.")
        return next((intent for intent in intents if intent.order_id == order_id), None)

    def retrieve_intent(self, reference: str) -> IntentState:
        """What is true now."""
        with speaking_to_stripe():
            return _intent_state(self._client.v1.payment_intents.retrieve(reference))

    def cancel_intent(self, reference: str) -> IntentState:
        """Cancel; where Stripe refuses, the present state says why (paid, processing, canceled before).

        No key of ours: Stripe would save a refusal under it, and a later try must be a new question.
        """
        try:
            with speaking_to_stripe():
                return _intent_state(self._client.v1.payment_intents.cancel(reference))
        except Refused as no:
            return replace(self.retrieve_intent(reference), refusal=no.reason)

    def capture_intent(self, reference: str, *, amount: Money, key: str, final: bool = True) -> IntentState:
        """Capture; of a final one Stripe itself lets go of the rest. https://docs.stripe.com/payments/multicapture"""
        params: Any = {"amount_to_capture": _units(amount), **({} if final else {"final_capture": False})}
        with speaking_to_stripe():
            intent = self._client.v1.payment_intents.capture(reference, params=params, options={"idempotency_key": key})
        return _intent_state(intent)

    def release_intent(self, reference: str) -> IntentState:
        """A final capture of nothing; where Stripe refuses, the present state says why.

        No key of ours: as with cancel_intent.
        """
        try:
            with speaking_to_stripe():
                nothing: Any = {"amount_to_capture": 0, "final_capture": True}
                return _intent_state(self._client.v1.payment_intents.capture(reference, params=nothing))
        except Refused as no:
            return replace(self.retrieve_intent(reference), refusal=no.reason)

    def refund(self, *, intent: str, refund_id: UUID, order_id: UUID, amount: Money, key: str) -> RefundState:
        """Send money back; the refund knows its own id and its order."""
        with speaking_to_stripe():
            refund = self._client.v1.refunds.create(
                params={
                    "payment_intent": intent,
                    "amount": _units(amount),
                    "reason": "requested_by_customer",
                    "metadata": {"refund_id": str(refund_id), "order_id": str(order_id)},
                },
                options={"idempotency_key": key},
            )
        return _refund_state(refund)

    def find_refund(self, *, intent: str, refund_id: UUID) -> RefundState | None:
        """Look through the refunds of the intent."""
        with speaking_to_stripe():
            page = self._client.v1.refunds.list(params={"payment_intent": intent, "limit": 100})
            refunds = [_refund_state(refund) for refund in islice(page.auto_paging_iter(), LONGEST_LIST)]
        return next((refund for refund in refunds if refund.refund_id == refund_id), None)

    def retrieve_refund(self, reference: str) -> RefundState:
        """What is true now."""
        with speaking_to_stripe():
            return _refund_state(self._client.v1.refunds.retrieve(reference))

    def retrieve_dispute(self, reference: str) -> DisputeState:
        """What is true now."""
        with speaking_to_stripe():
            return dispute_state(self._client.v1.disputes.retrieve(reference), _money)

    def disputes_between(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        """By when they were opened."""
        with speaking_to_stripe():
            page = self._client.v1.disputes.list(params={"created": _between(since, until), "limit": 100})
            for dispute in page.auto_paging_iter():
                yield dispute_state(dispute, _money)

    def intents_between(self, since: datetime, until: datetime) -> Iterator[IntentState]:
        """Listed, not searched: Stripe's search lags."""
        with speaking_to_stripe():
            page = self._client.v1.payment_intents.list(params={"created": _between(since, until), "limit": 100})
            yield from map(_intent_state, page.auto_paging_iter())

    def refunds_between(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """Of all intents, also those made by hand."""
        with speaking_to_stripe():
            page = self._client.v1.refunds.list(params={"created": _between(since, until), "limit": 100})
            yield from map(_refund_state, page.auto_paging_iter())

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> EventNotice:
        """Check Stripe's signature over the raw body, at most five minutes old, and unpack it."""
        signature = headers.get("Stripe-Signature", "")
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, TOLERANCE_SECONDS)
            return _notice(json.loads(body))
        except (stripe.SignatureVerificationError, *NO_EVENT) as error:
            raise BadSignature(type(error).__name__) from error


def _notice(event: dict[str, Any]) -> EventNotice:
    thing = event["data"]["object"]
    kind = {"payment_intent": "intent"}.get(thing["object"], thing["object"])
    reference = str(thing.get("id") or "")
    f"{event['id']}{event['type']}{reference}{thing.get('payment_intent')}".encode()  # half a surrogate is no event
    thing.pop("client_secret", None)  # shown to the buyer, never stored
    return EventNotice(
        id=str(event["id"])[:255],
        type=str(event["type"])[:100],
        kind=kind,
        reference=reference[:255],
        intent_reference=(reference if kind == "intent" else str(thing.get("payment_intent") or ""))[:255],
        occurred_at=datetime.fromtimestamp(int(event["created"]), UTC),
        payload=json.dumps(event, separators=(",", ":")),
    )


def _intent_state(intent: stripe.PaymentIntent) -> IntentState:
    failure: Any = intent.last_payment_error
    charge = getattr(failure, "charge", None)
    method = getattr(failure, "payment_method", None)
    status = INTENT_STATUS[intent.status]
    if status is PaymentStatus.CANCELED and intent.amount_received:
        status = PaymentStatus.SUCCEEDED  # of several captures the last one was given up, at Stripe's own page
    return IntentState(
        reference=intent.id,
        status=status,
        received=_money(intent.amount_received or 0, intent.currency),
        authorized=_money(intent.amount_capturable or 0, intent.currency),
        client_secret=intent.client_secret or "",
        order_id=our_id(intent.metadata, "order_id"),
        failure_id=str(charge or getattr(method, "id", None) or "unnamed") if failure else "",
        failure_reason=_reason(failure),
        lapsed=intent.cancellation_reason in BY_ITSELF,
    )


def _params(wanted: NewIntent) -> Any:
    return {
        "amount": _units(wanted.amount),
        "currency": wanted.amount.currency.lower(),
        "automatic_payment_methods": {"enabled": True},
        "description": f"Order {wanted.order_number}",
        "metadata": {"order_id": str(wanted.order_id), "order_number": wanted.order_number},
        **(MANUAL_CAPTURE if wanted.manual_capture else {}),
        **({"customer": wanted.customer} if wanted.customer else {}),
        **({"setup_future_usage": "on_session"} if wanted.customer and wanted.save_method else {}),
    }


def _units(amount: Money) -> int:
    """As Stripe counts it."""
    return amount.amount * 100 if amount.currency in WITH_TWO_MORE_DIGITS else amount.amount


def _money(units: int, currency: str) -> Money:
    """As we count it."""
    code = currency.upper()
    return Money(units // 100 if code in WITH_TWO_MORE_DIGITS else units, code)


def _reason(failure: Any) -> str:
    """The most telling code of a declined attempt."""
    if not failure:
        return ""
    return str(getattr(failure, "decline_code", None) or getattr(failure, "code", None) or "declined")


def _refund_state(refund: stripe.Refund) -> RefundState:
    return RefundState(
        reference=refund.id,
        status=REFUND_STATUS[refund.status or "pending"],
        refund_id=our_id(refund.metadata, "refund_id"),
        failure_reason=getattr(refund, "failure_reason", None) or "",
        amount=_money(refund.amount, refund.currency),
        intent=_id(refund.payment_intent),
    )


def _between(since: datetime, until: datetime) -> Any:
    return {"gte": int(since.timestamp()), "lt": int(until.timestamp())}


def _id(linked: Any) -> str:
    """The id of what an object links to, expanded or not."""
    return str(getattr(linked, "id", linked) or "")
