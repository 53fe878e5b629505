"""A provider in memory: the rules of Stripe that our services rely on, and switches for trouble."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from apps.payments.contracts import PaymentStatus, RefundStatus
from apps.payments.providers import (
    DisputeState,
    EventNotice,
    IntentState,
    KeySpent,
    NewIntent,
    RefundState,
    Refused,
    SavedMethod,
    SetupState,
)
from shop.db import forbid_transaction
from shop.money import Money

S = TypeVar("S", IntentState, RefundState, SetupState, str)


@dataclass
class MemoryProvider:
    """Keys give the saved answer; `trouble` is called before and after each effect and may raise."""

    name: str = "memory"
    publishable_key: str = "pk_memory"
    is_remote: bool = True
    refuses: bool = False
    """To cancel and to release, without a reason that we know."""
    in_parts: bool = True
    """Whether several captures of one intent are allowed."""
    intents: dict[str, IntentState] = field(default_factory=dict)
    refunds: dict[str, RefundState] = field(default_factory=dict)
    disputes: dict[str, DisputeState] = field(default_factory=dict)
    wanted: dict[str, NewIntent] = field(default_factory=dict)
    saved: dict[str, Any] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    customers: dict[str, UUID] = field(default_factory=dict)
    methods: dict[str, list[SavedMethod]] = field(default_factory=dict)
    setups: dict[str, SetupState] = field(default_factory=dict)
    trouble: Callable[[str], None] = lambda _: None
    refund_status: RefundStatus = RefundStatus.SUCCEEDED

    def minimum(self, currency: str) -> Money:
        return Money(50, currency)

    def instructions(self, *, order_number: str, amount: Money) -> None:
        return None

    def open_intent(self, wanted: NewIntent, *, key: str) -> IntentState:
        def make() -> IntentState:
            if wanted.customer:
                self._customer(wanted.customer)
            reference = f"pi_{len(self.intents) + 1}"
            self.wanted[reference] = wanted
            nothing = Money.zero(wanted.amount.currency)
            self.intents[reference] = IntentState(
                reference, PaymentStatus.OPEN, nothing, nothing, f"{reference}_secret", wanted.order_id, "", ""
            )
            return self.intents[reference]

        return self._once("open", key, make)

    def find_intent(self, *, order_id: UUID, since: datetime) -> IntentState | None:
        self._call("find")
        return next((intent for intent in self.intents.values() if intent.order_id == order_id), None)

    def retrieve_intent(self, reference: str) -> IntentState:
        self._call("retrieve")
        if reference not in self.intents:
            raise Refused("resource_missing")
        return self.intents[reference]

    def cancel_intent(self, reference: str) -> IntentState:
        self._call("cancel")
        if self.refuses:
            return self._unchanged(reference)
        if self.intents[reference].status in {PaymentStatus.OPEN, PaymentStatus.AUTHORIZED}:
            self.let_go(reference)
        self.trouble("cancel.after")
        return self.intents[reference]

    def capture_intent(self, reference: str, *, amount: Money, key: str, final: bool = True) -> IntentState:
        def make() -> IntentState:
            intent = self.intents[reference]
            if intent.status is not PaymentStatus.AUTHORIZED or amount.amount > intent.authorized.amount:
                raise Refused("payment_intent_unexpected_state")
            if not final and not self.in_parts:
                raise Refused("parameter_invalid")
            self.take(reference, amount, final=final)
            return self.intents[reference]

        return self._once("capture", key, make)

    def release_intent(self, reference: str) -> IntentState:
        self._call("release")
        if self.refuses:
            return self._unchanged(reference)
        if self.intents[reference].status is PaymentStatus.AUTHORIZED:
            self.take(reference, Money.zero(self.wanted[reference].amount.currency), final=True)
        self.trouble("release.after")
        return self.intents[reference]

    def _unchanged(self, reference: str) -> IntentState:
        return replace(self.retrieve_intent(reference), refusal="payment_intent_unexpected_state")

    def refund(self, *, intent: str, refund_id: UUID, order_id: UUID, amount: Money, key: str) -> RefundState:
        def make() -> RefundState:
            reference = f"re_{len(self.refunds) + 1}"
            self.refunds[reference] = RefundState(reference, self.refund_status, refund_id, "", amount, intent)
            return self.refunds[reference]

        return self._once("refund", key, make)

    def find_refund(self, *, intent: str, refund_id: UUID) -> RefundState | None:
        self._call("find_refund")
        return next((refund for refund in self.refunds.values() if refund.refund_id == refund_id), None)

    def retrieve_refund(self, reference: str) -> RefundState:
        self._call("retrieve_refund")
        return self.refunds[reference]

    def retrieve_dispute(self, reference: str) -> DisputeState:
        self._call("retrieve_dispute")
        if reference not in self.disputes:
            raise Refused("resource_missing")
        return self.disputes[reference]

    def disputes_between(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        self._call("disputes")
        return iter(list(self.disputes.values()))

    def intents_between(self, since: datetime, until: datetime) -> Iterator[IntentState]:
        self._call("intents")
        return iter(list(self.intents.values()))

    def refunds_between(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        self._call("refunds")
        return iter(list(self.refunds.values()))

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> EventNotice:
        event = json.loads(body)
        return notice(event["id"], event["type"], event["reference"])

    def open_customer(self, customer_id: UUID, *, key: str) -> str:
        def make() -> str:
            reference = f"cus_{len(self.customers) + 1}"
            self.customers[reference], self.methods[reference] = customer_id, []
            return reference

        return self._once("customer", key, make)

    def find_customer(self, customer_id: UUID, *, since: datetime) -> str | None:
        self._call("find_customer")
        return next((reference for reference, known in self.customers.items() if known == customer_id), None)

    def delete_customer(self, reference: str) -> None:
        self._call("delete_customer")
        self.methods.pop(reference, None)

    def saved_methods(self, customer: str) -> tuple[SavedMethod, ...]:
        self._call("methods")
        return tuple(self._customer(customer))

    def detach_method(self, method: str, *, customer: str) -> bool:
        self._call("detach")
        kept = self._customer(customer)
        found = [one for one in kept if one.id == method]
        self.methods[customer] = [one for one in kept if one.id != method]
        return bool(found)

    def open_setup(self, customer: str, *, key: str) -> SetupState:
        def make() -> SetupState:
            self._customer(customer)
            reference = f"seti_{len(self.setups) + 1}"
            self.setups[reference] = SetupState(reference, f"{reference}_secret", "requires_payment_method")
            return self.setups[reference]

        return self._once("setup", key, make)

    def retrieve_setup(self, reference: str) -> SetupState:
        self._call("retrieve_setup")
        return self.setups[reference]

    def _customer(self, reference: str) -> list[SavedMethod]:
        if reference not in self.methods:
            raise Refused("resource_missing")
        return self.methods[reference]

    def set(self, reference: str, **changes: Any) -> None:
        """Something happens at the provider."""
        self.intents[reference] = replace(self.intents[reference], **changes)

    def pay(self, reference: str) -> None:
        """The buyer pays all of it."""
        self.set(reference, status=PaymentStatus.SUCCEEDED, received=self.wanted[reference].amount)

    def authorize(self, reference: str) -> None:
        """The buyer's bank sets all of it aside."""
        self.set(reference, status=PaymentStatus.AUTHORIZED, authorized=self.wanted[reference].amount)

    def take(self, reference: str, amount: Money, *, final: bool) -> None:
        """So much more is captured."""
        intent = self.intents[reference]
        rest = Money.zero(amount.currency) if final else intent.authorized - amount
        status = PaymentStatus.SUCCEEDED if final else PaymentStatus.AUTHORIZED
        self.set(reference, status=status, received=intent.received + amount, authorized=rest)

    def let_go(self, reference: str, *, lapsed: bool = False) -> None:
        """Nothing can be taken any more."""
        nothing = Money.zero(self.wanted[reference].amount.currency)
        self.set(reference, status=PaymentStatus.CANCELED, authorized=nothing, lapsed=lapsed)

    def spoil(self, key: str) -> None:
        """A failure was saved under this key."""
        self.saved[key] = KeySpent("a saved 500")

    def _once(self, call: str, key: str, make: Callable[[], S]) -> S:
        self._call(call)
        if key not in self.saved:
            self.saved[key] = make()
        self.trouble(f"{call}.after")
        saved = self.saved[key]
        if isinstance(saved, Exception):
            raise saved
        return cast("S", saved)

    def _call(self, call: str) -> None:
        forbid_transaction(self.name)
        self.calls.append(call)
        self.trouble(call)


def notice(event_id: str, kind: str, reference: str) -> EventNotice:
    """A checked webhook about this object."""
    intent = reference if kind.startswith("payment_intent.") else ""
    return EventNotice(event_id, kind, kind, reference, intent, datetime(2026, 1, 1, tzinfo=UTC), "{}")
