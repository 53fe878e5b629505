"""The variables of payment by bank transfer: a wrong one stops the start with one sentence."""

from __future__ import annotations

import pytest

from config.bank import bank_transfer
from config.reader import Reader
from config.values import ConfigurationError

IBAN = "DE02 1203 0000 0000 2020 51"
GIVEN = {"BANK_TRANSFER_IBAN": IBAN, "BANK_TRANSFER_HOLDER": "Shop Ltd"}


def read(embedded=False, **values):
    return bank_transfer(Reader(values), embedded=embedded)


def test_it_is_on_with_an_iban_and_in_the_embedded_shop_and_off_otherwise():
    assert read() is None
    assert read(embedded=True, BANK_TRANSFER="off") is None
    assert (read(embedded=True).iban, read(embedded=True).days) == ("DE89370400440532013000", 7)
    account = read(**GIVEN, BANK_TRANSFER_BIC="bylade m1001", BANK_TRANSFER_CURRENCIES="eur, chf")
    assert (account.iban, account.bic, account.holder) == ("DE02120300000000202051", "BYLADEM1001", "Shop Ltd")
    assert account.currencies == ("EUR", "CHF")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"BANK_TRANSFER_IBAN": "DE02"}, "BANK_TRANSFER_IBAN: it is no IBAN"),
        ({"BANK_TRANSFER_IBAN": IBAN.replace("51", "52")}, "BANK_TRANSFER_IBAN: its check digits are wrong"),
        ({"BANK_TRANSFER_IBAN": IBAN}, "BANK_TRANSFER_HOLDER: whose account"),
        ({"BANK_TRANSFER": "on"}, "BANK_TRANSFER_IBAN: the shop's own account is needed"),
        ({**GIVEN, "BANK_TRANSFER_IBAN": "DE89370400440532013000"}, "BANK_TRANSFER_IBAN: the shop's own account"),
        ({**GIVEN, "BANK_TRANSFER_BIC": "BYL"}, "BANK_TRANSFER_BIC: it is no BIC"),
        ({**GIVEN, "BANK_TRANSFER_CURRENCIES": "EURO"}, "BANK_TRANSFER_CURRENCIES: 'EURO' is no currency"),
        ({**GIVEN, "BANK_TRANSFER_DAYS": "0"}, "BANK_TRANSFER_DAYS: "),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_its_variable(values, sentence):
    with pytest.raises(ConfigurationError) as wrong:
        read(**values)
    assert str(wrong.value).startswith(sentence)
