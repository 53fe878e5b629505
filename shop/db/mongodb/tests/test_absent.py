"""A column with a db_default may be absent from documents of an older process, and counts as its default everywhere."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, NotSupportedError, migrations, models
from django.db.models import (
    Case,
    CheckConstraint,
    Count,
    Exists,
    F,
    Index,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    UniqueConstraint,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now, Upper
from pymongo.errors import WriteError

from .plans import indexes
from .test_migrations import Project, project  # noqa: F401  # the fixture

DAY = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
ADDED: dict[str, Any] = {
    "flag": models.BooleanField(default=False, db_default=False),
    "stars": models.IntegerField(default=3, db_default=3),
    "mark": models.CharField(max_length=10, default="new", db_default=Value("new")),
    "price": models.DecimalField(max_digits=9, decimal_places=2, default=Decimal("1.50"), db_default=Decimal("1.50")),
    "since": models.DateTimeField(default=DAY, db_default=DAY),
}
NOTE = migrations.CreateModel(
    "Note",
    [
        ("id", models.UUIDField(primary_key=True, db_column="_id", default=uuid.uuid4)),
        ("text", models.CharField(max_length=10)),
        ("thing", models.ForeignKey("moving.Thing", models.CASCADE, null=True, related_name="notes")),
    ],
)


@pytest.fixture
def older(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:  # noqa: F811  # the fixture
    """`old` was written by a process that knows none of the columns, `other` says something else in each."""
    for asked in ("db_for_read", "db_for_write"):
        monkeypatch.setattr(f"django.db.router.{asked}", lambda model, **hints: "engine")
    project.apply(NOTE)
    before = project.things
    for name, field in ADDED.items():
        project.apply(migrations.AddField("Thing", name, field))
    old = before.create(name="old", size=1)
    assert project.connection.database["moving_thing"].find_one() == {"_id": old.pk.hex, "name": "old", "size": 1}
    later = DAY + dt.timedelta(days=1)
    other = project.things.create(
        name="other", size=2, flag=True, stars=5, mark="used", price=Decimal("2.50"), since=later
    )
    notes(project).bulk_create(
        [model(project, "Note")(text=text, thing_id=key) for text, key in (("a", old.pk), ("b", other.pk), ("c", None))]
    )
    return project


def model(of: Project, name: str) -> Any:
    return of.state.apps.get_model("moving", name)


def notes(of: Project) -> Any:
    return model(of, "Note").objects.using("engine")


def names(rows: Any) -> list[str]:
    return sorted(rows.values_list("name", flat=True))


def texts(rows: Any) -> list[str]:
    return sorted(rows.values_list("text", flat=True))


def things_of(notes_manager: Any) -> Any:
    return notes_manager.model._meta.get_field("thing").related_model.objects.using("engine")


FOUND: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "exact": (lambda it: it.filter(flag=False), ["old"]),
    "exact, another": (lambda it: it.filter(flag=True), ["other"]),
    "text": (lambda it: it.filter(mark="new"), ["old"]),
    "decimal": (lambda it: it.filter(price=Decimal("1.5")), ["old"]),
    "time": (lambda it: it.filter(since=DAY), ["old"]),
    "in": (lambda it: it.filter(stars__in=[1, 3]), ["old"]),
    "in others": (lambda it: it.filter(stars__in=[1, 5]), ["other"]),
    "greater": (lambda it: it.filter(stars__gt=2), ["old", "other"]),
    "less": (lambda it: it.filter(stars__lt=4), ["old"]),
    "not less": (lambda it: it.filter(stars__gte=4), ["other"]),
    "range": (lambda it: it.filter(stars__range=(3, 4)), ["old"]),
    "before": (lambda it: it.filter(since__lte=DAY), ["old"]),
    "year": (lambda it: it.filter(since__year=2026), ["old", "other"]),
    "begins": (lambda it: it.filter(mark__startswith="ne"), ["old"]),
    "like": (lambda it: it.filter(mark__iexact="NEW"), ["old"]),
    "null": (lambda it: it.filter(flag__isnull=True), []),
    "not null": (lambda it: it.filter(flag__isnull=False), ["old", "other"]),
    "exclude": (lambda it: it.exclude(flag=False), ["other"]),
    "exclude another": (lambda it: it.exclude(flag=True), ["old"]),
    "exclude in": (lambda it: it.exclude(stars__in=[3]), ["other"]),
    "not greater": (lambda it: it.filter(~Q(stars__gt=3)), ["old"]),
    "or": (lambda it: it.filter(Q(flag=False) | Q(stars=5)), ["old", "other"]),
    "a column with another": (lambda it: it.filter(stars=F("size") + 2), ["old"]),
    "another with the column": (lambda it: it.filter(size__lt=F("stars") - 2), ["other"]),
    "computed": (lambda it: it.annotate(loud=Upper("mark")).filter(loud="NEW"), ["old"]),
    "a case": (lambda it: it.annotate(n=Case(When(flag=False, then=1), default=0)).filter(n=1), ["old"]),
    "distinct": (lambda it: it.filter(flag=False).distinct(), ["old"]),
}


@pytest.mark.parametrize("query", FOUND)
def test_a_filter_takes_the_default_for_what_is_absent(query: str, older: Project) -> None:
    ask, expected = FOUND[query]
    assert names(ask(older.things)) == expected
    assert ask(older.things).count() == len(expected)


JOINED: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "exact": (lambda it: it.filter(thing__flag=False), ["a"]),
    "in": (lambda it: it.filter(thing__stars__in=[3]), ["a"]),
    "greater": (lambda it: it.filter(thing__stars__gt=2), ["a", "b"]),
    "or, with rows that join nothing": (lambda it: it.filter(Q(thing__flag=False) | Q(text="b")), ["a", "b"]),
    "or, null": (lambda it: it.filter(Q(thing__flag__isnull=True) | Q(text="b")), ["b", "c"]),
    "exclude": (lambda it: it.exclude(thing__flag=False), ["b", "c"]),
    "exists": (
        lambda it: it.filter(Exists(things_of(it).filter(pk=OuterRef("thing"), flag=False))),
        ["a"],
    ),
    "sub-query": (lambda it: it.filter(thing__in=things_of(it).filter(flag=False)), ["a"]),
    "value of a sub-query": (
        lambda it: it.annotate(n=Subquery(things_of(it).filter(pk=OuterRef("thing")).values("stars"))).filter(n=3),
        ["a"],
    ),
}


@pytest.mark.parametrize("query", JOINED)
def test_a_joined_row_has_its_defaults_and_no_row_has_none(query: str, older: Project) -> None:
    ask, expected = JOINED[query]
    assert texts(ask(notes(older))) == expected


def test_what_is_read_is_the_default(older: Project) -> None:
    things = older.things
    whole = things.get(name="old")
    expected = (False, 3, "new", Decimal("1.50"), DAY)
    assert tuple(getattr(whole, name) for name in ADDED) == expected
    assert things.values_list(*ADDED).get(name="old") == expected
    assert things.values("flag", "name").get(name="old") == {"flag": False, "name": "old"}
    assert things.only("flag").get(name="old").flag is False
    assert things.defer("flag").get(name="old").flag is False
    assert things.annotate(twice=F("stars") * 2).get(name="old").twice == 6
    assert things.in_bulk([whole.pk])[whole.pk].mark == "new"
    assert next(things.filter(name="old").iterator()).price == Decimal("1.50")


def test_what_is_read_through_a_join_is_the_default_or_nothing(older: Project) -> None:
    by_text = {note.text: note for note in notes(older).select_related("thing")}
    assert (by_text["a"].thing.flag, by_text["b"].thing.flag, by_text["c"].thing) == (False, True, None)
    read = notes(older).order_by("text").values_list("text", "thing__flag", "thing__stars")
    assert list(read) == [("a", False, 3), ("b", True, 5), ("c", None, None)]
    things = older.things.prefetch_related("notes").order_by("name")
    assert [(thing.flag, len(thing.notes.all())) for thing in things] == [(False, 1), (True, 1)]


def test_order_takes_the_default(older: Project) -> None:
    model(older, "Thing").objects.using("engine").create(name="low", stars=1)
    by_stars = [("low", 1), ("old", 3), ("other", 5)]
    assert [(one.name, one.stars) for one in older.things.order_by("stars")] == by_stars
    assert list(older.things.order_by("-stars").values_list("name", "stars")) == by_stars[::-1]
    assert list(older.things.order_by("stars").values_list("name", flat=True)[:2]) == ["low", "old"]
    assert [one.name for one in older.things.order_by(F("stars").asc(nulls_first=True))] == ["low", "old", "other"]
    assert texts(notes(older).order_by("thing__stars")[:3]) == ["a", "b", "c"]
    ordered = notes(older).filter(thing__isnull=False).order_by("-thing__stars").select_related("thing")
    assert [note.text for note in ordered] == ["b", "a"]


def test_totals_and_groups_take_the_default(older: Project) -> None:
    older.things.create(name="said", stars=3)
    totals = older.things.aggregate(all=Sum("stars"), most=Max("price"), few=Count("pk", filter=Q(stars=3)))
    assert totals == {"all": 11, "most": Decimal("2.50"), "few": 2}
    groups = older.things.values("stars").annotate(n=Count("pk")).order_by("stars")
    assert list(groups) == [{"stars": 3, "n": 2}, {"stars": 5, "n": 1}]
    assert list(older.things.order_by("stars").values_list("stars", flat=True).distinct()) == [3, 5]
    joined = notes(older).values("thing__stars").annotate(n=Count("pk")).order_by("thing__stars")
    assert [(one["thing__stars"], one["n"]) for one in joined] == [(None, 1), (3, 1), (5, 1)]
    assert older.things.filter(stars=9).aggregate(most=Max("stars")) == {"most": None}
    most = older.things.values("name").annotate(most=Max("stars", filter=Q(size=1))).order_by("name")
    assert [(one["name"], one["most"]) for one in most] == [("old", 3), ("other", None), ("said", None)]
    assert older.things.aggregate(most=Coalesce(Max("stars"), 0)) == {"most": 5}
    union = older.things.filter(name="old").values("stars").union(older.things.filter(name="said").values("stars"))
    assert list(union) == [{"stars": 3}]


def test_a_conditional_update_and_a_delete_meet_what_is_absent(older: Project) -> None:
    old = older.things.get(name="old").pk
    assert older.things.filter(pk=old, flag=True).update(size=9) == 0
    assert older.things.filter(pk=old, flag=False, stars__gte=3).update(stars=F("stars") - 1, flag=True) == 1
    assert older.things.values_list("stars", "flag", "size").get(pk=old) == (2, True, 1)
    assert older.things.filter(pk=old, flag=False).update(size=9) == 0
    assert older.things.filter(mark="new").delete()[0] == 2  # with its note
    assert names(older.things) == ["other"]


def test_a_row_that_is_saved_again_says_it_all(older: Project) -> None:
    old = older.things.get(name="old")
    old.save()
    found = older.connection.database["moving_thing"].find_one({"_id": old.pk.hex})
    assert (found["flag"], found["stars"], found["mark"]) == (False, 3, "new")


def test_a_default_of_the_database_alone_is_written_too(project: Project) -> None:  # noqa: F811  # the fixture
    project.things.create(name="before")
    project.apply(migrations.AddField("Thing", "stars", models.IntegerField(db_default=3)))
    kind = model(project, "Thing")
    assert kind.objects.using("engine").create(name="one").stars == 3
    kind.objects.using("engine").bulk_create([kind(name="two"), kind(name="three", stars=4)])
    stored = project.connection.database["moving_thing"].find({}, {"_id": 0, "name": 1, "stars": 1}).sort("name")
    assert list(stored) == [
        {"name": "before", "stars": 3},
        {"name": "one", "stars": 3},
        {"name": "three", "stars": 4},
        {"name": "two", "stars": 3},
    ]


def test_absent_is_allowed_null_is_not(older: Project) -> None:
    assert not ADDED.keys() & set(older.rules()["required"])
    with pytest.raises(IntegrityError):
        older.things.filter(name="old").update(flag=None)
    with pytest.raises(IntegrityError, match="stars violates"):
        older.things.filter(name="old").update(stars=2**40)


def test_rows_that_were_there_are_filled(project: Project) -> None:  # noqa: F811  # the fixture
    project.things.create(name="a")
    project.apply(migrations.AddField("Thing", "stars", models.IntegerField(default=3, db_default=3)))
    assert project.connection.database["moving_thing"].find_one({"stars": 3}) is not None


def test_a_search_for_the_default_uses_the_index(older: Project) -> None:
    older.apply(migrations.AddIndex("Thing", Index(fields=["mark"], name="by_mark")))
    assert indexes(older.things.filter(mark="new")) == {"by_mark"}
    assert names(older.things.filter(mark="new")) == ["old"]


def test_when_the_default_goes_absent_columns_are_filled_and_required(older: Project) -> None:
    older.apply(migrations.AlterField("Thing", "stars", models.IntegerField(default=8)))
    assert older.connection.database["moving_thing"].find_one({"name": "old"})["stars"] == 3
    assert "stars" in older.rules()["required"]
    older.apply(migrations.AlterField("Thing", "stars", models.IntegerField(default=8, db_default=8)))
    assert "stars" not in older.rules()["required"]
    assert older.things.get(name="old").stars == 3


def test_when_the_default_changes_what_was_absent_stays_what_it_was(older: Project) -> None:
    older.apply(migrations.AlterField("Thing", "stars", models.IntegerField(default=8, db_default=8)))
    assert older.things.get(name="old").stars == 3


def test_nulls_become_the_default_when_it_comes(project: Project) -> None:  # noqa: F811  # the fixture
    project.things.create(name="a", size=None)
    project.apply(migrations.AlterField("Thing", "size", models.IntegerField(db_default=7)))
    assert project.connection.database["moving_thing"].find_one({"name": "a"})["size"] == 7


def test_a_check_takes_the_default_and_follows_it(older: Project) -> None:
    stored = older.connection.database["moving_thing"]
    of_an_old_process = {"name": "x", "size": -1}
    fits = CheckConstraint(condition=Q(stars__lte=F("size") + 3), name="fits")
    older.apply(migrations.AddConstraint("Thing", fits))
    with pytest.raises(WriteError, match="Document failed validation"):
        stored.insert_one(of_an_old_process | {"_id": "1"})
    older.apply(migrations.AlterField("Thing", "stars", models.IntegerField(default=2, db_default=2)))
    stored.insert_one(of_an_old_process | {"_id": uuid.uuid4().hex})
    older.apply(migrations.AlterField("Thing", "stars", models.IntegerField(default=2)))
    with pytest.raises(IntegrityError, match="fits"):
        older.things.filter(name="x").update(size=-2)


@pytest.mark.parametrize(
    ("field", "what"),
    [
        (models.DateTimeField(db_default=Now()), "is computed"),
        (models.IntegerField(null=True, db_default=1), "may be NULL"),
        (models.IntegerField(unique=True, db_default=1), "a unique column"),
        (models.JSONField(db_default=dict), "a kind that has none"),
        (models.ForeignKey("moving.Thing", models.CASCADE, db_default="a"), "a relation"),
    ],
)
def test_a_default_that_absence_cannot_mean_is_refused(field: Any, what: str, project: Project) -> None:  # noqa: F811
    with pytest.raises(NotSupportedError, match=what):
        project.apply(migrations.AddField("Thing", "extra", field))


@pytest.mark.parametrize(
    "rule",
    [
        migrations.AddConstraint("Thing", UniqueConstraint(fields=["name", "stars"], name="once")),
        migrations.AddConstraint("Thing", UniqueConstraint(fields=["name"], condition=Q(flag=False), name="once")),
        migrations.AddIndex("Thing", Index(fields=["name"], condition=Q(flag=False), name="once")),
        migrations.AddIndex("Thing", Index(fields=["name"], condition=Q(stars__gt=4), name="once")),
        migrations.AddIndex("Thing", Index(fields=["name"], condition=Q(flag__isnull=True), name="once")),
    ],
)
def test_an_index_that_would_not_count_what_is_absent_is_refused(rule: Any, older: Project) -> None:
    with pytest.raises(NotSupportedError, match=r"db_default of .* would not count in 'once'"):
        older.apply(rule)


@pytest.mark.parametrize("condition", [Q(flag=True), Q(stars__in=[1, 2], flag=True)])
def test_an_index_of_rows_that_say_something_else_than_the_default_is_kept(condition: Q, older: Project) -> None:
    older.apply(migrations.AddIndex("Thing", Index(fields=["name"], condition=condition, name="some")))
    assert indexes(older.things.filter(flag=True, stars__in=[1, 2], name="other")) == {"some"}
    assert names(older.things.filter(flag=True)) == ["other"]
    with pytest.raises(NotSupportedError, match="would not count in 'some'"):
        older.apply(migrations.AlterField("Thing", "flag", models.BooleanField(default=True, db_default=True)))


def test_a_column_that_an_index_counts_gets_no_default(project: Project) -> None:  # noqa: F811  # the fixture
    project.apply(migrations.AddConstraint("Thing", UniqueConstraint(fields=["name"], name="once")))
    with pytest.raises(NotSupportedError, match="would not count in 'once'"):
        project.apply(migrations.AlterField("Thing", "name", models.CharField(max_length=10, db_default="x")))
