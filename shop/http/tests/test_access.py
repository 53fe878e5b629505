"""One path may have other rules for reading than for writing."""

from __future__ import annotations

import pytest

from shop.http.access import anyone, customer, per_method
from shop.testing.http import send

pytestmark = pytest.mark.urls("shop.http.tests.sample")


def test_each_method_has_the_rule_that_is_named_for_it():
    read, write = send("GET", "/mixed"), send("POST", "/mixed", {})

    assert (read.status_code, write.status_code) == (401, 201)
    assert read.json()["code"] == "not_authenticated"


def test_a_method_that_is_not_named_has_the_general_rule():
    rule = per_method(customer, POST=anyone("a test"))

    assert [rule.of(method).needs_token for method in ("GET", "HEAD", "POST", None)] == [True, True, False, True]
