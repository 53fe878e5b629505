"""The bank account that buyers may transfer money to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.reader import Reader
from config.values import ConfigurationError

EMBEDDED_IBAN = "DE89370400440532013000"
"""The example of every book on IBANs: nobody's account. Refused in production."""
EMBEDDED_HOLDER = "Example Shop"
EMBEDDED_BIC = "COBADEFFXXX"
LONGEST_HOLDER = 70


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """Whose account it is, what may be sent there, and for how long goods are held for it."""

    holder: str
    iban: str
    bic: str
    currencies: tuple[str, ...]
    days: int
    """Until when the buyer is asked to send it."""
    grace_days: int
    """How much longer the order waits: a transfer is under way for days, and finance looks on working days."""
    max_pieces: int
    """How much one unpaid order may hold back from other buyers."""
    max_open: int
    """How many unpaid orders one mail address may have."""


def bank_transfer(env: Reader, *, embedded: bool) -> BankTransfer | None:
    """None when it is off; on by itself as soon as there is an IBAN, and in the embedded shop."""
    iban = _iban("BANK_TRANSFER_IBAN", env.given("BANK_TRANSFER_IBAN"))
    bic = _bic("BANK_TRANSFER_BIC", env.given("BANK_TRANSFER_BIC"))
    holder = env.given("BANK_TRANSFER_HOLDER")
    if len(holder) > LONGEST_HOLDER:
        raise ConfigurationError("BANK_TRANSFER_HOLDER", f"banks take a name of {LONGEST_HOLDER} characters at most.")
    wanted = env.choice("BANK_TRANSFER", "on" if iban or embedded else "off", "on", "off") == "on"
    read = BankTransfer(
        holder=holder or EMBEDDED_HOLDER,
        iban=iban or EMBEDDED_IBAN,
        bic=bic if iban else EMBEDDED_BIC,
        currencies=_currencies("BANK_TRANSFER_CURRENCIES", env.text("BANK_TRANSFER_CURRENCIES", "EUR")),
        days=env.whole("BANK_TRANSFER_DAYS", 7, 1, 30),
        grace_days=env.whole("BANK_TRANSFER_GRACE_DAYS", 3, 0, 30),
        max_pieces=env.whole("BANK_TRANSFER_MAX_PIECES", 20, 1, 99_999),
        max_open=env.whole("BANK_TRANSFER_MAX_OPEN", 3, 1, 1000),
    )
    if wanted and not embedded and iban in ("", EMBEDDED_IBAN):
        raise ConfigurationError("BANK_TRANSFER_IBAN", "the shop's own account is needed while BANK_TRANSFER is on.")
    if wanted and iban and not holder:
        raise ConfigurationError("BANK_TRANSFER_HOLDER", "whose account BANK_TRANSFER_IBAN is must be told to buyers.")
    return read if wanted else None


def _iban(variable: str, text: str) -> str:
    """Without spaces, in capitals; its check digits are right."""
    iban = text.replace(" ", "").upper()
    if not iban:
        return ""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban):
        raise ConfigurationError(variable, "it is no IBAN: two letters, two digits, then 11 to 30 letters and digits.")
    if int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 != 1:
        raise ConfigurationError(variable, "its check digits are wrong: one of its characters is mistyped.")
    return iban


def _bic(variable: str, text: str) -> str:
    bic = text.replace(" ", "").upper()
    if bic and not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", bic):
        raise ConfigurationError(variable, "it is no BIC: 8 or 11 letters and digits, such as COBADEFFXXX.")
    return bic


def _currencies(variable: str, text: str) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(text.replace(",", " ").upper().split()))
    for word in words:
        if not re.fullmatch(r"[A-Z]{3}", word):
            raise ConfigurationError(variable, f"{word!r} is no currency; EUR is one.")
    return words
