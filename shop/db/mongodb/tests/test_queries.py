"""Django's query API gives the answers that SQL gives."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import (
    Avg,
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    FloatField,
    Max,
    OuterRef,
    Prefetch,
    ProtectedError,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Length, Lower, TruncDate, TruncMonth

from . import given
from .sampleapp.models import Category, Payment, Product, Review, Stock, Tag, Tagging


class World:
    """The rows of `given.shop`."""

    def __init__(self) -> None:
        rows: Any = given.shop()
        self.categories, self.tags, self.products = rows


@pytest.fixture
def world(engine: Any) -> World:
    return World()


def skus(queryset: Any) -> list[str]:
    return sorted(queryset.values_list("sku", flat=True))


def queries(engine: Any) -> Any:
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(engine)


class TestKeys:
    def test_a_key_comes_back_as_it_went(self, world: World) -> None:
        first = world.products[0]
        assert Product.objects.get(pk=first.pk).pk == first.pk
        assert Product.objects.get(pk=str(first.pk)) == first

    def test_in_bulk_by_key_and_by_unique_column(self, world: World) -> None:
        keys = [product.pk for product in world.products[:3]]
        assert set(Product.objects.in_bulk(keys)) == set(keys)
        assert list(Category.objects.in_bulk(["cat1"], field_name="slug")) == ["cat1"]

    def test_a_read_of_one_row_is_one_find(self, world: World, engine: Any) -> None:
        with queries(engine) as seen:
            Product.objects.get(pk=world.products[0].pk)
        assert len(seen) == 1
        assert seen[0]["sql"].startswith("db.sampleapp_product.find({'_id'")


class TestManyToMany:
    def test_adding_twice_adds_once(self, world: World) -> None:
        product = world.products[0]
        product.tags.add(world.tags[0])
        assert product.tags.count() == 2

    def test_remove_clear_and_set(self, world: World) -> None:
        product = world.products[9]
        product.tags.remove(world.tags[1])
        assert list(product.tags.values_list("name", flat=True)) == ["t2"]
        product.tags.clear()
        assert product.tags.count() == 0
        product.tags.set(world.tags[:2])
        product.tags.set([world.tags[2]])
        product.tags.set(world.tags[:2], clear=True)
        assert sorted(product.tags.values_list("name", flat=True)) == ["t0", "t1"]

    def test_filters_both_ways(self, world: World) -> None:
        assert len(Product.objects.filter(tags__name__in=["t0", "t1"]).distinct()) == 8
        assert world.tags[0].products.filter(price__gt=12).count() == 4

    def test_prefetching_takes_two_queries_and_finds_all(self, world: World, engine: Any) -> None:
        with queries(engine) as seen:
            found = {p.sku: sorted(t.name for t in p.tags.all()) for p in Product.objects.prefetch_related("tags")}
        assert len(seen) == 2
        assert found == {f"P{i}": sorted({f"t{i % 4}", f"t{(i + 1) % 4}"}) for i in range(10)}

    def test_the_reverse_side_can_be_prefetched(self, world: World, engine: Any) -> None:
        with queries(engine) as seen:
            found = {tag.name: len(tag.products.all()) for tag in Tag.objects.prefetch_related("products")}
        assert (len(seen), found) == (2, {"t0": 5, "t1": 6, "t2": 5, "t3": 4})


class TestRelations:
    def test_select_related_over_two_levels_is_one_query(self, world: World, engine: Any) -> None:
        kid = world.categories[3]
        Product.objects.filter(sku="P0").update(category=kid)
        with queries(engine) as seen:
            found = Product.objects.select_related("category__parent").get(sku="P0")
            assert (found.category.name, found.category.parent.name) == ("Kid", "Cat0")
        assert len(seen) == 1

    def test_select_related_keeps_rows_without_partner(self, world: World) -> None:
        Stock.objects.create(product=world.products[0], available=5)
        found = {p.sku: getattr(p, "stock", None) for p in Product.objects.select_related("stock")}
        assert len(found) == 10
        assert [sku for sku, stock in found.items() if stock] == ["P0"]
        assert [c.name for c in Category.objects.select_related("parent") if c.parent] == ["Kid"]

    def test_prefetching_foreign_keys_takes_two_queries(self, world: World, engine: Any) -> None:
        with queries(engine) as seen:
            assert sum(len(p.reviews.all()) for p in Product.objects.prefetch_related("reviews")) == 10
        assert len(seen) == 2
        with queries(engine) as seen:
            assert {p.category.name for p in Product.objects.prefetch_related("category")} == {"Cat0", "Cat1", "Cat2"}
        assert len(seen) == 2

    def test_prefetch_with_a_queryset_of_its_own(self, world: World) -> None:
        good = Prefetch("reviews", Review.objects.filter(stars__gte=3).select_related("product"), to_attr="good")
        assert sum(len(p.good) for p in Product.objects.prefetch_related(good)) == 6

    def test_a_to_one_condition_and_an_exclusion_across_relations(self, world: World) -> None:
        assert skus(Product.objects.filter(category__name="Cat1")) == ["P1", "P4", "P7"]
        assert skus(Product.objects.exclude(reviews__stars=1)) == ["P1", "P2", "P3", "P4", "P6", "P7", "P8", "P9"]

    def test_reverse_one_to_many_filter_counts_each_match(self, world: World) -> None:
        Review.objects.create(product=world.products[0], stars=1)
        assert Product.objects.filter(reviews__stars=1).count() == 3
        assert Product.objects.filter(reviews__stars=1).distinct().count() == 2


class TestConditions:
    def test_or_not_and_xor(self, world: World) -> None:
        assert skus(Product.objects.filter(Q(name="Prod 01") | Q(price__gt=18))) == ["P1", "P8", "P9"]
        assert Product.objects.filter(~Q(name="Prod 01")).count() == 9
        assert skus(Product.objects.filter(Q(name="Prod 01") ^ Q(price__gt=18))) == ["P1", "P8", "P9"]

    def test_not_of_a_nullable_column_includes_null_as_django_promises(self, world: World) -> None:
        Product.objects.filter(sku="P0").update(ean="1")
        assert Product.objects.exclude(ean="1").count() == 9
        assert Product.objects.filter(ean__lt="5").count() == 1

    def test_patterns_take_their_text_literally(self, world: World) -> None:
        assert skus(Product.objects.filter(name__iexact="prod 03")) == ["P3"]
        assert Product.objects.filter(name__icontains="ROD").count() == 10
        assert Product.objects.filter(name__istartswith="prod").count() == 10
        assert Product.objects.filter(name__contains="prod").count() == 0
        assert Product.objects.filter(name__icontains=".*").count() == 0
        assert Product.objects.filter(name__icontains="(").count() == 0
        assert skus(Product.objects.filter(name__regex=r"^Prod 0[3-5]$")) == ["P3", "P4", "P5"]
        Tag.objects.create(name="Straße ÄÖ")
        assert Tag.objects.filter(name__icontains="äö").count() == 1

    def test_columns_are_compared_with_columns(self, world: World) -> None:
        Stock.objects.create(product=world.products[0], available=5, held=1)
        Stock.objects.create(product=world.products[1], available=1, held=5)
        assert Stock.objects.get(available__gt=F("held")).product_id == world.products[0].pk

    def test_dates_of_times(self, world: World) -> None:
        assert Product.objects.filter(created_at__date=given.NOON.date()).count() == 10
        assert Product.objects.filter(created_at__year=2026).count() == 10
        assert list(Product.objects.dates("created_at", "day")) == [given.NOON.date()]
        assert Product.objects.filter(created_at__range=(given.NOON, given.NOON + dt.timedelta(minutes=2))).count() == 3


class TestSubqueries:
    def test_exists_and_its_negation(self, world: World) -> None:
        fives = Review.objects.filter(product=OuterRef("pk"), stars=5)
        assert skus(Product.objects.filter(Exists(fives))) == ["P4", "P9"]
        assert Product.objects.filter(~Exists(fives)).count() == 8
        assert Product.objects.annotate(has=Exists(fives)).filter(has=True).count() == 2

    def test_a_scalar_and_a_list(self, world: World) -> None:
        best = Review.objects.filter(product=OuterRef("pk")).order_by("-stars").values("stars")[:1]
        rows = Product.objects.annotate(best=Subquery(best)).values_list("sku", "best")
        assert dict(rows) == {f"P{i}": i % 5 + 1 for i in range(10)}
        assert skus(Product.objects.filter(category__in=Category.objects.filter(name="Cat1"))) == ["P1", "P4", "P7"]
        assert skus(Product.objects.filter(pk__in=Review.objects.filter(stars=5).values("product"))) == ["P4", "P9"]


class TestWriting:
    def test_an_update_reports_the_rows_it_met(self, world: World) -> None:
        Stock.objects.create(product=world.products[0], available=1)
        mine = Stock.objects.filter(product=world.products[0])
        assert mine.filter(available__gte=1).update(available=F("available") - 1) == 1
        assert mine.filter(available__gte=1).update(available=F("available") - 1) == 0
        assert mine.update(available=0) == 1
        assert Stock.objects.filter(pk=uuid.uuid4()).update(available=1) == 0
        assert Stock.objects.none().update(available=1) == 0

    def test_an_update_may_be_chosen_by_a_join_or_a_subquery(self, world: World) -> None:
        assert Product.objects.filter(category__name="Cat1").update(active=False) == 3
        assert skus(Product.objects.filter(active=False)) == ["P1", "P4", "P7"]
        fives = Review.objects.filter(stars=5).values("product")
        assert Product.objects.filter(pk__in=fives).update(active=F("active")) == 2
        assert Product.objects.exclude(reviews__stars=5).update(name="x") == 8
        assert Product.objects.filter(category__name="None").update(name="y") == 0

    def test_a_joined_update_keeps_the_conditions_on_its_own_columns(self, world: World) -> None:
        changed = Product.objects.filter(category__name="Cat1", price__gte=14).update(name="dear")
        assert (changed, skus(Product.objects.filter(name="dear"))) == (2, ["P4", "P7"])

    def test_a_conditional_expression_is_stored(self, world: World) -> None:
        Product.objects.update(price=Case(When(name="Prod 02", then=Value(Decimal("99.00"))), default=F("price")))
        assert [str(price) for price in Product.objects.order_by("sku").values_list("price", flat=True)[1:4]] == [
            "11.50",
            "99.00",
            "13.50",
        ]

    def test_save_with_an_expression(self, world: World) -> None:
        stock = Stock.objects.create(product=world.products[0], available=5)
        stock.available = F("available") + 1
        stock.save()
        stock.refresh_from_db()
        assert stock.available == 6

    def test_saving_a_changed_and_a_vanished_row(self, world: World) -> None:
        tag = world.tags[0]
        tag.name = "renamed"
        tag.save(update_fields=["name"])
        assert Tag.objects.get(pk=tag.pk).name == "renamed"
        Tag.objects.filter(pk=tag.pk).delete()
        with pytest.raises(
            Tag.NotUpdated if hasattr(Tag, "NotUpdated") else Exception, match="did not affect any rows"
        ):
            tag.save(update_fields=["name"])

    def test_bulk_update_of_several_kinds(self, world: World) -> None:
        rows = list(Product.objects.order_by("sku"))
        for row in rows:
            row.name, row.price, row.attrs = f"{row.name}!", row.price + 1, {"was": row.sku}
        assert Product.objects.bulk_update(rows, ["name", "price", "attrs"]) == 10
        third = Product.objects.get(sku="P3")
        assert (third.name, str(third.price), third.attrs) == ("Prod 03!", "14.50", {"was": "P3"})

    def test_get_or_create_and_update_or_create(self, world: World) -> None:
        assert Tag.objects.get_or_create(name="new")[1] is True
        assert Tag.objects.get_or_create(name="new")[1] is False
        assert Category.objects.update_or_create(slug="cat1", defaults={"name": "One"})[1] is False
        assert Category.objects.get(slug="cat1").name == "One"

    def test_delete_by_join_by_cascade_and_protected(self, world: World) -> None:
        assert Review.objects.filter(product__sku="P0").delete() == (1, {"sampleapp.Review": 1})
        assert Review.objects.filter(product__sku="none").delete()[0] == 0
        Stock.objects.create(product=world.products[1])
        assert world.products[1].delete()[1] == {
            "sampleapp.Tagging": 2,
            "sampleapp.Review": 1,
            "sampleapp.Stock": 1,
            "sampleapp.Product": 1,
        }
        with pytest.raises(ProtectedError):
            world.categories[0].delete()
        assert Tagging.objects.filter(product__category__name="Cat2").delete()[0] == 6

    def test_select_for_update_is_accepted_and_changes_nothing(self, world: World) -> None:
        from django.db import transaction

        with transaction.atomic(using="engine"):
            assert Tag.objects.select_for_update().get(name="t0") == world.tags[0]


class TestAggregates:
    def test_totals(self, world: World) -> None:
        totals = Product.objects.aggregate(sum=Sum("price"), mean=Avg("price"), top=Max("price"), n=Count("id"))
        assert totals == {"sum": Decimal("150.00"), "mean": Decimal("15.00"), "top": Decimal("19.50"), "n": 10}

    def test_totals_of_nothing(self, world: World) -> None:
        nothing = Product.objects.filter(name="none")
        assert nothing.aggregate(s=Sum("price"), n=Count("id")) == {"s": None, "n": 0}
        assert nothing.aggregate(s=Coalesce(Sum("price"), Decimal(0))) == {"s": 0}
        assert nothing.count() == 0

    def test_grouping_and_having(self, world: World) -> None:
        groups = Product.objects.order_by().values("category__name").annotate(n=Count("id"))
        assert {row["category__name"]: row["n"] for row in groups} == {"Cat0": 4, "Cat1": 3, "Cat2": 3}
        assert [c.name for c in Category.objects.annotate(n=Count("products")).filter(n__gte=4)] == ["Cat0"]
        dear = Count("products", filter=Q(products__price__gt=15), distinct=True)
        assert Category.objects.annotate(n=dear).order_by("-n", "name").values_list("name", "n")[0] == ("Cat0", 2)

    def test_sum_of_a_product_is_exact(self, world: World) -> None:
        for _ in range(3):
            given.product(str(uuid.uuid4()), name="dime", price=Decimal("0.10"))
        dimes = Product.objects.filter(name="dime")
        assert dimes.aggregate(s=Sum("price"))["s"] == Decimal("0.30")
        assert dimes.aggregate(s=Sum(F("price") * 2, output_field=DecimalField()))["s"] == Decimal("0.60")

    def test_grouping_by_day_and_month(self, world: World) -> None:
        days = Product.objects.order_by().annotate(d=TruncDate("created_at")).values("d").annotate(n=Count("id"))
        assert list(days) == [{"d": given.NOON.date(), "n": 10}]
        months = Product.objects.order_by().annotate(d=TruncMonth("created_at")).values("d").annotate(n=Count("id"))
        assert [row["n"] for row in months] == [10]

    def test_counting_slices_and_distinct_rows(self, world: World) -> None:
        assert Product.objects.order_by("sku")[2:5].count() == 3
        assert Product.objects.values("category").distinct().count() == 3
        assert Product.objects.exists() is True
        assert Product.objects.filter(name="none").exists() is False


class TestJson:
    def test_keys_and_paths(self, world: World) -> None:
        assert Product.objects.filter(attrs__color="red").count() == 5
        assert skus(Product.objects.filter(attrs__dims__w__gte=8)) == ["P8", "P9"]
        assert Product.objects.filter(attrs__list__0="a").count() == 10
        assert Product.objects.filter(attrs__has_key="color").count() == 10
        assert Product.objects.filter(attrs__has_any_keys=["color", "zz"]).count() == 10
        assert Product.objects.filter(attrs__color__in=["red", "blue"]).count() == 10
        assert Product.objects.filter(attrs__color__icontains="RE").count() == 5
        assert [p.sku for p in Product.objects.order_by("attrs__size")][:2] == ["P0", "P1"]

    def test_any_key_survives(self, world: World) -> None:
        mine = Product.objects.filter(sku="P0")
        mine.update(attrs={"a.b": 1, "$x": 2, "n": 2**62})
        assert mine.get().attrs == {"a.b": 1, "$x": 2, "n": 2**62}


class TestShapes:
    def test_values_only_defer_and_distinct(self, world: World) -> None:
        assert Product.objects.order_by("sku").values("name", "category__name")[0] == {
            "name": "Prod 00",
            "category__name": "Cat0",
        }
        assert Product.objects.only("name").order_by("sku")[0].name == "Prod 00"
        assert Product.objects.defer("attrs").get(sku="P1").attrs["color"] == "blue"
        assert sorted(Product.objects.order_by().values_list("active", flat=True).distinct()) == [True]

    def test_order_and_slices(self, world: World) -> None:
        assert [p.sku for p in Product.objects.reverse()[2:4]] == ["P2", "P3"]
        assert (Product.objects.first().sku, Product.objects.last().sku) == ("P9", "P0")
        assert Product.objects.latest("created_at").sku == "P9"
        assert [p.sku for p in Product.objects.order_by("category__name", "-sku")][:2] == ["P9", "P6"]
        assert [p.sku for p in Product.objects.annotate(low=Lower("name")).order_by("-low")][:2] == ["P9", "P8"]
        assert len(Product.objects.order_by("?")) == 10

    def test_the_place_of_null_is_chosen(self, world: World) -> None:
        names = list(Category.objects.order_by(F("parent").asc(nulls_last=True)).values_list("name", flat=True))
        assert names[0] == "Kid"
        names = list(Category.objects.order_by(F("parent").desc(nulls_first=True)).values_list("name", flat=True))
        assert names[-1] == "Kid"
        assert Category.objects.order_by("parent").first().parent is None

    def test_functions(self, world: World) -> None:
        row = Product.objects.annotate(
            a=Concat("name", Value("-"), "sku"),
            b=Length("name"),
            c=Greatest("price", Value(Decimal(50))),
            d=Cast("price", FloatField()),
        ).get(sku="P1")
        assert (row.a, row.b, row.c, row.d) == ("Prod 01-P1", 7, Decimal(50), 11.5)

    def test_union(self, world: World) -> None:
        one, two = (Product.objects.order_by().filter(sku=sku) for sku in ("P1", "P2"))
        assert one.union(two).count() == 2

    def test_iterating_in_chunks_and_asynchronously(self, world: World) -> None:
        assert len(list(Product.objects.iterator(chunk_size=3))) == 10

        async def read() -> int:
            return len([product async for product in Product.objects.all()])

        assert asyncio.run(read()) == 10

    def test_dumped_rows_can_be_loaded(self, world: World, tmp_path: Any) -> None:
        from django.core.management import call_command

        file = str(tmp_path / "dump.json")
        call_command("dumpdata", "sampleapp", database="engine", output=file, verbosity=0)
        before = sorted(Product.objects.values_list("pk", "price", "attrs"), key=str)
        Product.objects.filter(sku="P1").delete()
        call_command("loaddata", file, database="engine", verbosity=0)
        assert sorted(Product.objects.values_list("pk", "price", "attrs"), key=str) == before

    def test_a_status_kept_in_ten_rows_of_another_model(self, world: World) -> None:
        Payment.objects.bulk_create(Payment(order_id=uuid.uuid4(), amount=index) for index in range(10))
        assert Payment.objects.filter(amount__in=[1, 2, 30]).count() == 2
