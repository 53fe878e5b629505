"""Stripe's published test cards and test payment methods, and what happens to each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .errors import Json, StripeError

Outcome = Literal["succeed", "decline", "authenticate"]


@dataclass(frozen=True)
class Card:
    """One test card. After `authenticate` a card with a decline code is declined all the same."""

    number: str
    alias: str
    outcome: Outcome = "succeed"
    code: str = ""
    decline_code: str = ""
    brand: str = "visa"
    country: str = "US"
    once: bool = False
    """Authenticated once, when it is set up, and not again."""
    attaches: bool = False
    """Declined when it pays, yet a customer may keep it."""
    refund: str = "succeeded"
    """How its refunds begin."""
    dispute: str = ""
    """Why its buyer disputes every charge at once."""

    @property
    def last4(self) -> str:
        """The digits that are shown."""
        return self.number[-4:]


MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def _declined(number: str, alias: str, decline_code: str, code: str = "card_declined") -> Card:
    return Card(number, alias, "decline", code, decline_code)


CARDS = (
    Card("4242424242424242", "pm_card_visa"),
    Card("4000056655665556", "pm_card_visa_debit"),
    Card("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    Card("378282246310005", "pm_card_amex", brand="amex"),
    Card("4000002760000016", "pm_card_de", country="DE"),
    _declined("4000000000000002", "pm_card_chargeDeclined", "generic_decline"),
    _declined("4000000000000002", "pm_card_visa_chargeDeclined", "generic_decline"),
    _declined("4000000000009995", "pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    _declined("4000000000009995", "pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    _declined("4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "lost_card"),
    _declined("4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
    _declined("4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    _declined("4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    _declined("4000000000000119", "pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    Card("4000002500003155", "pm_card_authenticationRequiredOnSetup", "authenticate", once=True),
    Card("4000002760003184", "pm_card_authenticationRequired", "authenticate"),
    Card("4000000000003220", "pm_card_threeDSecure2Required", "authenticate"),
    Card("4000000000003063", "pm_card_threeDSecureRequired", "authenticate"),
    Card(
        "4000000000000341", "pm_card_chargeCustomerFail", "decline", "card_declined", "generic_decline", attaches=True
    ),
    Card("4000000000007726", "pm_card_pendingRefund", refund="pending"),
    Card("4000000000000259", "pm_card_createDispute", dispute="fraudulent"),
    Card("4000000000002685", "pm_card_createDisputeProductNotReceived", dispute="product_not_received"),
    Card(
        "4000008400001629",
        "pm_card_threeDSecureRequiredChargeDeclined",
        "authenticate",
        "card_declined",
        "generic_decline",
    ),
)
BY_ALIAS = {card.alias: card for card in CARDS}
BY_NUMBER = {card.number: card for card in reversed(CARDS)}


def message_of(card: Card) -> str:
    """What Stripe tells the buyer of a decline."""
    return MESSAGES.get(card.decline_code) or MESSAGES.get(card.code, "Your card was declined.")


def card_error(message: str, code: str, *, param: str | None = None, decline_code: str | None = None) -> StripeError:
    """A 402 about the card itself."""
    return StripeError(message, status=402, kind="card_error", code=code, param=param, decline_code=decline_code)


def card_of_data(data: Json) -> Card:
    """Find the test card of a raw number as a payment sheet sends it; refuse wrong numbers and dates."""
    number = re.sub(r"[ -]", "", data["number"])
    if not re.fullmatch(r"[0-9]{12,19}", number) or not _luhn(number):
        raise card_error("Your card number is incorrect.", "incorrect_number", param="number")
    now = datetime.now(UTC)
    year = data["exp_year"] + 2000 if data["exp_year"] < 100 else data["exp_year"]
    if not 1 <= data["exp_month"] <= 12:
        raise card_error("Your card's expiration month is invalid.", "invalid_expiry_month", param="exp_month")
    if not (now.year, now.month) <= (year, data["exp_month"]) or year > now.year + 50:
        raise card_error("Your card's expiration year is invalid.", "invalid_expiry_year", param="exp_year")
    if not re.fullmatch(r"[0-9]{3,4}", data.get("cvc", "123")):
        raise card_error("Your card's security code is invalid.", "invalid_cvc", param="cvc")
    card = BY_NUMBER.get(number)
    if card is None:
        raise card_error(
            "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid "
            "test cards, visit: https://stripe.com/docs/testing.",
            "card_declined",
            decline_code="test_mode_live_card",
        )
    return card


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
