"""The clock of a service's machine is a minute and a half off: people who buy, and who are logged in, notice nothing.

So far may the clocks of two machines be apart (`shop.clock.SKEW`, two minutes) for signed calls to be believed, for
tokens to be taken, and for Stripe's signature, which is older than it is.
"""

from __future__ import annotations

import pytest

from config.contexts import CONTEXTS
from tests.harness.crowd import Crowd
from tests.scenes import new_product
from tests.shapes.questions import QUESTIONS, Customer
from tests.shapes.split import Split

OFF_SECONDS = 90
CASES = [
    pytest.param("pair", "accounts-cart-orders", marks=pytest.mark.sample),  # makes tokens, asks, and is told
    *(("shop", context) for context in CONTEXTS),
]


@pytest.mark.parametrize(("which", "unit"), CASES)
def test_who_buys_does_not_notice_a_clock_that_is_ahead_or_behind(
    request: pytest.FixtureRequest, which: str, unit: str
) -> None:
    shop: Split = request.getfixturevalue(which)
    sku = new_product(shop, stock=500, price=1500)
    known = [Customer(shop, sku)]
    with shop.usual_clock_afterwards(unit):
        for seconds in (OFF_SECONDS, -OFF_SECONDS):
            shop.set_clock(unit, seconds=seconds)
            known.append(Customer(shop, sku))
            with Crowd(shop, sku, threads=2) as crowd:
                crowd.go_on(2)
            for customer in known:
                customer.stay()
                heard = [customer.put(question, customer.cart_for(question)) for question in QUESTIONS]
                assert [told for told in heard if not told.is_answered] == []
            assert crowd.broken == []
            assert not crowd.refused, "whoever does not believe a call, or believes it too late, is an error here"
    shop.check_invariants()  # not before: whoever looks from outside finds due what a clock that is behind does not
