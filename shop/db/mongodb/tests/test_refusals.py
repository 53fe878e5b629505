"""What MongoDB would answer wrongly without a word is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import NotSupportedError, connections, models, transaction
from django.db.models import CheckConstraint, F, FilteredRelation, Index, Q, Subquery, UniqueConstraint, Value, Window
from django.db.models.functions import Lower, RowNumber
from django.db.models.lookups import Exact

from . import given
from .sampleapp.models import Category, Product, Review, Tag

pytestmark = pytest.mark.usefixtures("engine")

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "update from a sub-query": (
        lambda: Product.objects.update(name=Subquery(Category.objects.values("name")[:1])),
        r"update\(name=<sub-query>\) would store null",
    ),
    "an inserted expression": (lambda: Tag.objects.create(name=Lower(Value("ZZ"))), "inserts plain values"),
    "a window": (
        lambda: list(Product.objects.annotate(r=Window(RowNumber(), order_by="price"))),
        "window expressions",
    ),
    "raw()": (lambda: list(Product.objects.raw("select * from x")), "Raw SQL is not supported"),
    "a cursor": (lambda: connections["engine"].cursor().execute("select 1"), "Raw SQL is not supported"),
    "extra()": (lambda: list(Product.objects.extra(where=["1=1"])), r"extra\(\) is not supported"),
    "distinct on a column": (
        lambda: list(Product.objects.order_by("name").distinct("name")),
        r"distinct\(\) on fields",
    ),
    "intersection": (
        lambda: list(Tag.objects.order_by().intersection(Tag.objects.order_by())),
        "intersection is not supported",
    ),
    "a filtered relation": (
        lambda: list(
            Product.objects.annotate(good=FilteredRelation("reviews", condition=Q(reviews__stars__gte=4))).filter(
                good__isnull=False
            )
        ),
        "FilteredRelation",
    ),
    "waiting for no lock": (
        lambda: list(Tag.objects.select_for_update(skip_locked=True)),
        "locks no rows",
    ),
    "ignored conflicts": (
        lambda: Tag.objects.bulk_create([Tag(name="x")], ignore_conflicts=True),
        "does not support ignoring conflicts",
    ),
    "JSON contains": (
        lambda: list(Product.objects.filter(attrs__contains={"a": 1})),
        "contains lookup is not supported",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_is_refused(what: str) -> None:
    given.product()
    ask, message = REFUSED[what]
    with pytest.raises(NotSupportedError, match=message), transaction.atomic(using="engine"):
        ask()

    assert Product.objects.get().name == "Mug"
    assert Tag.objects.count() == 0


def test_a_subquery_of_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    given.product()
    monkeypatch.setattr(
        "shop.db.mongodb.refusals.router.db_for_read",
        lambda model, **hints: "elsewhere" if model is Review else "engine",
    )
    with pytest.raises(NotSupportedError, match="Review lives in database 'elsewhere', the query runs in 'engine'"):
        list(Product.objects.filter(pk__in=Review.objects.values("product")))
    with pytest.raises(NotSupportedError, match="elsewhere"):
        Product.objects.filter(pk__in=Review.objects.values("product")).delete()
    with pytest.raises(NotSupportedError, match="elsewhere"):
        list(Product.objects.filter(reviews__stars=1))

    assert Product.objects.count() == 1


class Unmade(models.Model):
    """Never created; constraints are tried on it."""

    name = models.CharField(max_length=10)
    size = models.IntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        app_label = "unmade"
        managed = False


@pytest.mark.parametrize(
    "condition",
    [
        Q(name__iexact="x"),
        Q(name="a") ^ Q(size=1),
        Q(data__key="x"),
        Q(size__gt=F("size") / 2),
        Q(Exact(Lower("name"), "x")),
    ],
)
def test_a_check_that_cannot_be_kept_exactly_is_refused_when_migrating(condition: Q, engine: Any) -> None:
    constraint = CheckConstraint(condition=condition, name="impossible")
    with (
        pytest.raises(NotSupportedError, match=r"'impossible' of unmade\.Unmade: MongoDB cannot enforce"),
        engine.schema_editor() as editor,
    ):
        editor.add_constraint(Unmade, constraint)


@pytest.mark.parametrize(
    ("constraint", "what"),
    [
        (UniqueConstraint(Lower("name"), name="u"), "expressions"),
        (UniqueConstraint(fields=["name"], include=["size"], name="u"), "include"),
        (UniqueConstraint(fields=["name"], deferrable=models.Deferrable.DEFERRED, name="u"), "deferrable"),
        (UniqueConstraint(fields=["name"], condition=~Q(size=1), name="u"), "index condition"),
        (UniqueConstraint(fields=["name"], condition=Q(name__contains="1"), name="u"), "index condition"),
    ],
)
def test_a_unique_constraint_that_cannot_be_kept_is_refused(constraint: Any, what: str, engine: Any) -> None:
    with pytest.raises(NotSupportedError, match=what), engine.schema_editor() as editor:
        editor.add_constraint(Unmade, constraint)


def test_an_index_on_an_expression_is_refused(engine: Any) -> None:
    with pytest.raises(NotSupportedError, match="expression"), engine.schema_editor() as editor:
        editor.add_index(Unmade, Index(Lower("name"), name="i"))
