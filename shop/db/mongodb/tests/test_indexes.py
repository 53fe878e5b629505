"""No look-up that has an index may scan its collection: `explain` is the judge."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db.models import Count

from . import given
from .plans import indexes, stages
from .sampleapp.models import Payment, Product, Review, Stock, Tagging

SOME_ID = uuid.uuid4()

BY_INDEX: dict[str, tuple[Any, str]] = {
    "primary key": (lambda: Product.objects.order_by().filter(pk=SOME_ID), "IDHACK"),
    "primary keys": (lambda: Product.objects.order_by().filter(pk__in=[SOME_ID, uuid.uuid4()]), "_id_"),
    "unique": (lambda: Product.objects.filter(sku="A"), "sampleapp_product_sku_6374c972_uniq"),
    "unique in": (lambda: Product.objects.order_by().filter(sku__in=["A", "B"]), "sampleapp_product_sku_6374c972_uniq"),
    "nullable unique": (lambda: Product.objects.filter(ean="4006381333931"), "sampleapp_product_ean_be9442c2_uniq"),
    "conditional unique": (
        lambda: Payment.objects.filter(order_id=SOME_ID, status="captured"),
        "sample_captured_once",
    ),
    "unique together": (
        lambda: Tagging.objects.filter(product=SOME_ID, tag=SOME_ID).values_list("product", "tag"),
        "IXSCAN",  # three indexes serve, the planner may take any
    ),
    "foreign key": (lambda: Review.objects.filter(product=SOME_ID), "sampleapp_review_product_id_d0bfe66a"),
    "ordered and limited": (
        lambda: Product.objects.order_by("-created_at")[:20],
        "sampleapp_product_created_at_42ea23de",
    ),
    "filtered and ordered": (
        lambda: Product.objects.filter(category=SOME_ID).order_by("created_at")[:20],
        "sample_cat_created",
    ),
    "greater than": (
        lambda: Product.objects.order_by("created_at").filter(created_at__gt=given.NOON)[:20],
        "sampleapp_product_created_at_42ea23de",
    ),
    "starts with": (
        lambda: Product.objects.order_by().filter(name__startswith="Mug"),
        "sampleapp_product_name_757e011a",
    ),
    "joined to one": (
        lambda: Product.objects.select_related("category", "category__parent").order_by("-created_at")[:20],
        "sampleapp_product_created_at_42ea23de",
    ),
    "joined to one, unique": (
        lambda: Product.objects.select_related("category").filter(sku="A")[:21],
        "sampleapp_product_sku_6374c972_uniq",
    ),
    "joined to a reverse one": (
        lambda: Product.objects.select_related("stock").filter(sku="A"),
        "sampleapp_product_sku_6374c972_uniq",
    ),
    "joined by its own key": (lambda: Stock.objects.select_related("product").filter(pk=SOME_ID), "IDHACK"),
    "values": (lambda: Product.objects.filter(sku="A").values("name", "sku"), "sampleapp_product_sku_6374c972_uniq"),
    "grouped": (
        lambda: Review.objects.filter(product=SOME_ID).values("stars").annotate(n=Count("pk")).order_by(),
        "sampleapp_review_product_id_d0bfe66a",
    ),
}


@pytest.fixture
def filled(engine: Any) -> None:
    """Rows enough for the planner to have a choice."""
    category = given.category()
    products = [
        Product(name=f"Mug {index}", sku=f"M{index}", category=category, price=1, created_at=given.NOON)
        for index in range(200)
    ]
    Product.objects.bulk_create(products)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("case", BY_INDEX)
def test_a_look_up_reads_its_index(case: str) -> None:
    queryset, index = BY_INDEX[case]
    used = stages(queryset()) | indexes(queryset())

    assert "COLLSCAN" not in used
    assert index in used
    if "ordered" in case:
        assert "SORT" not in used


@pytest.mark.usefixtures("filled")
def test_a_look_up_without_index_is_seen_as_a_collection_scan() -> None:
    assert "COLLSCAN" in stages(Product.objects.order_by().filter(price=1))


@pytest.mark.usefixtures("filled")
def test_the_limit_comes_before_the_join(engine: Any) -> None:
    queryset = Product.objects.select_related("category").order_by("-created_at")[:20]
    compiler = queryset.query.get_compiler("engine")
    compiler.pre_sql_setup()
    pipeline = compiler.build_query(compiler.columns).get_pipeline()

    assert [next(iter(stage)) for stage in pipeline][:4] == ["$sort", "$limit", "$lookup", "$unwind"]
    assert len(list(queryset)) == 20


@pytest.mark.usefixtures("filled")
def test_a_condition_on_the_joined_side_is_met_before_the_limit() -> None:
    other = given.category("Other")
    given.product("LONELY", category=other)

    found = Product.objects.select_related("category").filter(category__slug="other").order_by("created_at")[:5]

    assert [row.sku for row in found] == ["LONELY"]


@pytest.mark.usefixtures("filled")
def test_counting_by_a_unique_column_reads_the_index_only(engine: Any) -> None:
    engine.force_debug_cursor = True
    try:
        assert Product.objects.filter(sku="M7").count() == 1
        statement = engine.queries[-1]["sql"]
    finally:
        engine.force_debug_cursor = False

    assert "$facet" not in statement
    assert statement.startswith("db.sampleapp_product.aggregate([{'$match': {'sku': 'M7'}}, {'$group'")


@pytest.mark.usefixtures("filled")
def test_a_list_of_two_hundred_rows_is_one_round_trip() -> None:
    compiler = Product.objects.order_by("created_at").query.get_compiler("engine")
    compiler.pre_sql_setup()
    rows = compiler.build_query(None).get_cursor()
    next(rows)

    assert rows.cursor_id == 0
    assert len(list(rows)) == 199
