"""NULL answers as SQL says: a comparison with it is never true, and the sum of nothing is NULL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from . import given
from .sampleapp.models import Category, Product, Review, Stock

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def stocks() -> dict[str, Any]:
    """Counted has 4 of 9, unknown has 4 of nobody knows how many."""
    known, unknown = given.product("COUNTED", ean="1"), given.product("UNKNOWN")
    given.stock(4, product=known, received=9)
    given.stock(4, product=unknown)
    return {"counted": known.pk, "unknown": unknown.pk}


@pytest.mark.parametrize(
    "condition",
    [
        Q(received=F("received")),
        Q(received__gte=F("received")),
        Q(received__lte=F("received")),
        Q(available__lt=F("received")),
        Q(received__gt=F("available")),
        Q(held__gt=F("received") - 100),
        Q(held__gte=F("received") - 100),
        Q(held__range=(F("received") - 100, F("available"))),
        Q(received__range=(F("held"), F("available") + 1000)),
    ],
    ids=str,
)
def test_a_comparison_with_null_is_not_true(stocks: dict[str, Any], condition: Q) -> None:
    assert list(Stock.objects.filter(condition).values_list("pk", flat=True)) == [stocks["counted"]]


def test_null_is_not_among_the_rows_of_a_subquery_that_has_nulls(stocks: dict[str, Any]) -> None:
    eans = Product.objects.values("ean")
    assert [row.sku for row in Product.objects.filter(ean__in=eans)] == ["COUNTED"]


@pytest.mark.parametrize("condition", [Q(left__gt=99), Q(left=99), Q(left__gt=99) | Q(left=98)], ids=str)
def test_not_of_a_comparison_with_a_computed_null_is_not_true(stocks: dict[str, Any], condition: Q) -> None:
    rows = Stock.objects.annotate(left=F("received") - F("held"))
    assert list(rows.exclude(condition).values_list("pk", flat=True)) == [stocks["counted"]]
    assert list(rows.exclude(~condition & Q(held=0)).values_list("pk", flat=True)) == []


def test_not_of_a_total_of_nothing_is_not_true(stocks: dict[str, Any]) -> None:
    sums = Product.objects.annotate(received=Sum("stock__received"))
    assert [row.sku for row in sums.exclude(received__gt=99)] == ["COUNTED"]
    assert [row.sku for row in sums.exclude(Q(received__gt=99) | Q(sku="COUNTED"))] == []


def test_what_is_excluded_by_a_computed_null_is_neither_changed_nor_deleted(stocks: dict[str, Any]) -> None:
    rows = Stock.objects.annotate(left=F("received") - F("held"))
    assert rows.exclude(left__gt=99).update(available=1) == 1
    assert rows.exclude(left__gt=99).delete()[0] == 1
    assert Stock.objects.get().pk == stocks["unknown"]


def test_nothing_is_greater_than_the_answer_of_a_subquery_without_rows(stocks: dict[str, Any]) -> None:
    nothing = Product.objects.filter(sku="none").values("price")
    assert not Product.objects.filter(price__gt=nothing).exists()
    least = Review.objects.filter(product=OuterRef("product")).values("stars")[:1]
    assert not Stock.objects.filter(available__gte=Subquery(least)).exists()


def test_the_sum_of_nothing_is_null_and_can_be_given_a_default(stocks: dict[str, Any]) -> None:
    sums = {
        "plain": Sum("received"),
        "default": Sum("received", default=7),
        "coalesced": Coalesce(Sum("received"), -1),
        "chosen": Sum("received", filter=Q(available__gt=99)),
        "distinct": Sum("received", distinct=True),
    }
    nothing = {"plain": None, "default": 7, "coalesced": -1, "chosen": None, "distinct": None}
    unknown = Stock.objects.filter(pk=stocks["unknown"])
    assert unknown.aggregate(**sums) == nothing
    assert Stock.objects.filter(available=99).aggregate(**sums) == nothing
    everything = {"plain": 9, "default": 9, "coalesced": 9, "chosen": None, "distinct": 9}
    assert Stock.objects.aggregate(**sums) == everything


def test_the_sum_of_a_group_without_values_is_null(stocks: dict[str, Any]) -> None:
    given.category("Empty")
    sums = Category.objects.annotate(received=Sum("products__stock__received"))
    assert list(sums.order_by("slug").values_list("slug", "received")) == [("empty", None), ("mugs", 9)]
    assert [row.slug for row in sums.filter(received=None)] == ["empty"]
    assert not sums.filter(received=0).exists()
    assert list(Product.objects.values_list("sku").annotate(one=Sum("stock__received")).order_by("sku")) == [
        ("COUNTED", 9),
        ("UNKNOWN", None),
    ]
