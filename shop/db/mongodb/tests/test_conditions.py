"""A check constraint lets the same rows pass as SQLite's CHECK of the same condition, NULLs included."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, migrations, models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.db.utils import ConnectionHandler

from .test_migrations import Project, project  # noqa: F401  # the fixture

NAMES = (None, "", "abc", "a.c", "xyz")
SIZES = (None, -1, 0, 3, 5)
WIDTHS = (None, 3)

CONDITIONS: dict[str, Q] = {
    "exact": Q(size=3),
    "not exact": ~Q(size=3),
    "greater": Q(size__gt=0),
    "not less": ~Q(size__lt=3),
    "at most": Q(size__lte=3),
    "another column": Q(size__lte=F("width")),
    "arithmetic": Q(size__lt=F("width") * 2 - 1),
    "sum": Q(size=F("width") + 2),
    "in": Q(name__in=["abc", "xyz"]),
    "not in": ~Q(name__in=["abc"]),
    "range": Q(size__range=(0, 3)),
    "not range": ~Q(size__range=(0, 3)),
    "is null": Q(size__isnull=True),
    "is not null": Q(size__isnull=False),
    "starts": Q(name__startswith="a."),
    "ends": Q(name__endswith="c"),
    "contains": Q(name__contains="."),
    "does not contain": ~Q(name__contains="b"),
    "regex": Q(name__regex=r"^[a-c.]+$"),
    "and": Q(size__gt=0, name="abc"),
    "or": Q(size__gt=0) | Q(name="abc"),
    "not and": ~Q(size__gt=0, name="abc"),
    "not or": ~(Q(size__gt=0) | Q(name="abc")),
    "nested": Q(name__isnull=True) | (~Q(name="xyz") & (Q(size__gte=0) | Q(width=3))),
}


def model_of(condition: Q) -> Any:
    from django.db.migrations.state import ProjectState

    state = ProjectState()
    constraint = CheckConstraint(condition=condition, name="tried")
    operation = migrations.CreateModel(
        "Thing",
        [
            ("id", models.UUIDField(primary_key=True, db_column="_id", default=uuid.uuid4)),
            ("name", models.CharField(max_length=10, null=True)),
            ("size", models.IntegerField(null=True)),
            ("width", models.IntegerField(null=True)),
        ],
        {"constraints": [constraint]},
    )
    operation.state_forwards("compared", state)
    return state.apps.get_model("compared", "Thing")


def accepted(insert: Callable[..., Any]) -> list[tuple[Any, ...]]:
    rows = []
    for row in itertools.product(NAMES, SIZES, WIDTHS):
        try:
            insert(*row)
        except IntegrityError:
            continue
        rows.append(row)
    return rows


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_same_rows_pass_as_on_sqlite(name: str, engine: Any) -> None:
    model = model_of(CONDITIONS[name])
    plain = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})["default"]
    with plain.schema_editor(atomic=False) as editor:
        editor.create_model(model)
    with engine.schema_editor() as editor:
        editor.create_model(model)

    def into_sqlite(*row: Any) -> None:
        with plain.cursor() as cursor:
            cursor.execute("INSERT INTO compared_thing VALUES (%s, %s, %s, %s)", [uuid.uuid4().hex, *row])

    def into_mongodb(name: Any, size: Any, width: Any) -> None:
        model.objects.using("engine").create(name=name, size=size, width=width)

    try:
        expected = accepted(into_sqlite)
        found = accepted(into_mongodb)
    finally:
        engine.database.drop_collection("compared_thing")
        plain.close()

    assert found == expected
    assert 0 < len(expected) < len(NAMES) * len(SIZES) * len(WIDTHS)


@pytest.mark.parametrize(
    ("condition", "twins"),
    [
        (Q(size__isnull=False), {(1, 1): False, (None, None): True}),
        (Q(size__isnull=True), {(1, 1): True, (None, None): False}),
        (Q(size__in=[1, 2]), {(1, 2): False, (1, 3): True, (3, 3): True}),
        (Q(size__gte=1) & Q(size__lt=3), {(1, 2): False, (2, 3): True}),
        (Q(size=1) | Q(size=5), {(1, 5): False, (1, 2): True}),
    ],
)
def test_a_unique_constraint_holds_where_its_condition_does(
    condition: Q,
    twins: dict[tuple[Any, Any], bool],
    project: Project,  # noqa: F811  # the fixture
) -> None:
    once = UniqueConstraint(fields=["name"], condition=condition, name="once")
    project.apply(migrations.AddConstraint("Thing", once))
    allowed = {}
    for first, second in twins:
        project.things.all().delete()
        project.things.create(name="same", size=first)
        try:
            project.things.create(name="same", size=second)
        except IntegrityError as error:
            allowed[first, second] = "once" not in str(error)
        else:
            allowed[first, second] = True

    assert allowed == twins
