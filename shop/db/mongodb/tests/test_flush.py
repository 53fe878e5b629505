"""Emptying a database between tests is cheap and touches only what was written."""

from __future__ import annotations

import time
from typing import Any

import pytest

from shop.testing.flush import flush

from . import given
from .sampleapp.models import Category, Product, Tag


def test_what_was_written_is_gone_and_rules_and_indexes_stay(engine: Any) -> None:
    given.shop()
    flush(["engine"])

    assert (Product.objects.count(), Tag.objects.count(), Category.objects.count()) == (0, 0, 0)
    assert "sampleapp_product_sku_6374c972_uniq" in engine.database["sampleapp_product"].index_information()
    [found] = engine.database.list_collections(filter={"name": "sampleapp_tag"})
    assert "validator" in found["options"]


def test_only_collections_with_rows_are_emptied(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pymongo.collection import Collection

    Tag.objects.create(name="t")
    emptied: list[str] = []
    real = Collection.delete_many

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        emptied.append(self.name)
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Collection, "delete_many", watched)
    flush(["engine"])
    flush(["engine"])

    assert emptied == ["sampleapp_tag"]


def test_a_test_that_writes_costs_less_than_forty_milliseconds(engine: Any) -> None:
    flush(["engine"])
    spent = []
    for round_ in range(10):
        began = time.perf_counter()
        product = given.product(f"P{round_}")
        Product.objects.filter(pk=product.pk).update(name="changed")
        assert Product.objects.get().name == "changed"
        flush(["engine"])
        spent.append(time.perf_counter() - began)

    assert sorted(spent)[5] < 0.040
