"""What is read in the shop's hot paths is read by an index, on the engine that the tests run on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from apps.catalog import api as catalog
from apps.catalog.contracts import HoldState, StockLine
from apps.catalog.models import (
    Brand,
    Category,
    Departed,
    Hold,
    Picture,
    Price,
    Product,
    ProductTag,
    Redirect,
    ShelfRow,
    Stock,
    StockLevel,
    StockMovement,
    StrayFile,
    Variant,
)
from apps.catalog.providers.search.answers import CARDS
from apps.catalog.queries import listing, product_page
from apps.catalog.services.commit_reservation import commit_reservation
from apps.catalog.services.release_reservation import release_reservation
from apps.catalog.services.reserve_stock import reserve_stock
from apps.catalog.testing.make import make_category, make_product
from shop import clock
from shop.db import transact
from shop.http.paging import behind
from shop.ids import uuid7
from shop.testing.scene import scene

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def goods(database):
    some_goods()


@scene("catalog")
def some_goods():
    make_category("kitchen")
    for number in range(3):
        make_product(f"mug-{number}", stock={f"MUG-{number}": 5}, category=make_category("kitchen"))


def newest():
    return listing(category=None, sort="newest").rows


def of_category():
    return listing(category="kitchen", sort="newest").rows


def by_name(rows, id_name):
    order = ("sort_name", id_name)
    return behind(rows.order_by(*order), order, ["mug", uuid7()])


READS = {
    "list": lambda: newest()[:21],
    "next page": lambda: newest().filter(shelved__lt=uuid7().hex)[:21],
    "list by name": lambda: by_name(listing(category=None, sort="name").rows, "id")[:21],
    "category": lambda: of_category()[:21],
    "next page of a category": lambda: of_category().filter(shelved__lt=uuid7().hex)[:21],
    "category by name": lambda: by_name(listing(category="kitchen", sort="name").rows, "product_id")[:21],
    "cards of a search": lambda: CARDS.filter(pk__in=[uuid7() for _ in range(20)]),
    "departed": lambda: Departed.objects.filter(pk__gt=uuid7()).order_by("pk").values_list("pk", "product_id")[:100],
    "page": lambda: Product.objects.filter(slug="mug-1").values_list("page", "page_etag"),
    "category's id": lambda: Category.objects.filter(slug="kitchen").values_list("pk"),
    "subtree": lambda: Category.objects.get(slug="kitchen").subtree(),
    "offers": lambda: Variant.objects.filter(sku__in=["MUG-1", "MUG-2"]).values_list("sku", "offer").order_by(),
    "stock": lambda: Stock.objects.filter(sku="MUG-1", location_id="main", sellable=True, available__gt=1),
    "stock of an offer": lambda: Stock.objects.filter(sku__in=["MUG-1", "MUG-2"]).values("sku").order_by("sku"),
    "hold": lambda: Hold.objects.filter(pk=uuid7()),
    "holds past their time": lambda: Hold.objects.filter(
        state=HoldState.HELD.value, expires_at__lt=clock.now() + timedelta(days=1)
    ).order_by("expires_at")[:100],
    "products to render": lambda: Product.objects.filter(render_due__lte=clock.now()).order_by("render_due")[:100],
    "what changed": lambda: Product.objects.filter(changed__gt=uuid7()).order_by("changed")[:100],
    "prices of variants": lambda: Price.objects.filter(
        variant_id__in=[uuid7(), uuid7()], price_list_id="default"
    ).order_by(),
    "pictures of products": lambda: Picture.objects.filter(product_id__in=[uuid7(), uuid7()]).order_by(),
    "shelves of a product": lambda: ShelfRow.objects.filter(product_id=uuid7()),
    "next products of a brand": lambda: Product.objects.filter(brand_id=uuid7(), pk__gt=uuid7()).order_by("pk")[:100],
    "next products of a type": lambda: Product.objects.filter(product_type_id="x", pk__gt=uuid7()).order_by("pk")[:9],
    "next products of a tag": lambda: ProductTag.objects.filter(tag_id=uuid7(), product_id__gt=uuid7()).order_by(
        "product_id"
    )[:100],
    "tags of products": lambda: ProductTag.objects.filter(product_id__in=[uuid7(), uuid7()]).order_by(),
    "an old slug": lambda: Redirect.objects.filter(pk="products/old").order_by(),
    "drafts": lambda: Product.objects.filter(status="draft").order_by("-shelved")[:21],
    "all products": lambda: Product.objects.order_by("-id")[:21],
    "brand": lambda: Brand.objects.filter(slug="harbour").order_by(),
    "brands": lambda: Brand.objects.order_by("slug")[:21],
    "variants of a product": lambda: Variant.objects.filter(product_id=uuid7()).order_by(),
    "products of a category": lambda: Product.objects.filter(category_id=uuid7()).order_by(),
    "ledger of an order": lambda: StockMovement.objects.filter(reference=str(uuid7())).order_by(),
    "ledger of a SKU": lambda: StockMovement.objects.filter(sku="MUG-1").order_by("-id")[:21],
    "next page of a ledger": lambda: StockMovement.objects.filter(sku="MUG-1", pk__lt=uuid7()).order_by("-id")[:21],
    "ledger of a SKU by kind": lambda: StockMovement.objects.filter(sku="MUG-1", kind="hold").order_by("-id")[:21],
    "new in the ledger": lambda: StockMovement.objects.filter(pk__gt=uuid7()).order_by("id")[:100],
    "what fell of late": lambda: StockMovement.objects.filter(sku__in=["MUG-1"], pk__gte=uuid7()).order_by(),
    "low SKUs": lambda: StockLevel.objects.filter(low=True, sku__gt="A").order_by("sku")[:21],
    "SKUs in their order": lambda: Variant.objects.filter(sku__gt="A").order_by("sku")[:21],
    "next SKUs of the walk": lambda: Stock.objects.filter(sku__gt="A").order_by("sku", "location_id")[:100],
    "stock that does not follow its location": lambda: Stock.objects.filter(location_id="main", open=False).order_by(),
    "pictures without their sizes": lambda: Picture.objects.filter(due__lte=clock.now()).order_by("due")[:10],
    "stray files": lambda: StrayFile.objects.filter(due__lte=clock.now()).order_by("due")[:10],
}


@pytest.mark.parametrize("name", READS)
def test_this_is_read_by_an_index(name):
    vendor = connections["catalog"].vendor
    if vendor == "postgresql":  # which scans tables as small as these if it may
        with connections["catalog"].cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
    plan = str(READS[name]().explain())
    if vendor == "postgresql":
        connections["catalog"].close()  # and its settings
        assert "Seq Scan" not in plan, plan
    elif vendor == "mongodb":
        assert "COLLSCAN" not in plan, plan
        assert "IXSCAN" in plan or "IDHACK" in plan or "EXPRESS" in plan, plan
    else:
        assert not re.search(r"SCAN (?!.* USING)", plan), plan
        assert " INDEX " in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_cards_are_read_by_key_however_many_are_published():
    plan = str(READS["cards of a search"]().explain())
    assert "catalog_product_newest" not in plan, plan


def queries_of(work) -> int:
    with CaptureQueriesContext(connections["catalog"]) as captured:
        work()
    words = ("SELECT", "INSERT", "UPDATE", "DELETE", "DB.")
    return sum(query["sql"].lstrip().upper().startswith(words) for query in captured.captured_queries)


def lines(count: int) -> tuple[StockLine, ...]:
    return tuple(StockLine(f"MUG-{number}", 1) for number in range(count))


def test_round_trips_of_the_reads_of_others(settings):
    calls = 2 if settings.SHOP_SHAPE == "strict" else 1  # where every port is called twice
    assert queries_of(lambda: catalog.get_offers(skus=("MUG-0", "MUG-1", "MUG-2"), currency="EUR")) == 2 * calls
    assert queries_of(lambda: product_page(slug="mug-1")) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_round_trips_of_an_order_grow_by_one_per_line(count):
    """Of catalog's own; the kernel adds the look-up and the row of the command's record."""
    first, second = uuid7(), uuid7()
    hold, write, movements = 1, 1, 1
    expected = count + hold + write + movements
    assert cost(lambda: reserve_stock(order_id=first, lines=lines(count), hold_seconds=60)) == expected
    assert cost(lambda: commit_reservation(order_id=first)) == expected
    transact("catalog", lambda: reserve_stock(order_id=second, lines=lines(count), hold_seconds=60))
    assert cost(lambda: release_reservation(order_id=second)) == expected


def cost(work) -> int:
    return queries_of(lambda: transact("catalog", work))
