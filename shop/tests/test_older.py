"""Old and new processes share the tables while a release is rolled out: what an old one needs is kept, or named."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connections, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from shop.db.keyed import change_one, read_one
from shop.db.older import cannot_be_shared, last_migrations, missed, state_of
from shop.db.router import home_of

BEFORE = json.loads((settings.BASE_DIR / "docs" / "migrations-before.json").read_text(encoding="utf-8"))


class Rollout:
    """A table of a release, and what the next one does to it."""

    def __init__(self) -> None:
        self.before = ProjectState()
        fields: list[tuple[str, models.Field[Any, Any]]] = [
            ("id", models.UUIDField(primary_key=True, db_column="_id", default=uuid.uuid4)),
            ("name", models.CharField(max_length=10)),
            ("cups", models.IntegerField(default=1)),
            ("note", models.TextField(null=True)),
            ("heat", models.PositiveSmallIntegerField(default=1)),
            ("lids", models.PositiveBigIntegerField(db_default=1)),
            ("price", models.DecimalField(max_digits=6, decimal_places=2, default=1)),
        ]
        migrations.CreateModel("Pot", fields).state_forwards("sample", self.before)
        self.now = self.before.clone()

    def then(self, *operations: Any) -> Rollout:
        for operation in operations:
            self.now = self.now.clone()
            operation.state_forwards("sample", self.now)
        return self

    @property
    def missed(self) -> dict[str, str]:
        return dict(missed(self.before, self.now))

    def of(self, state: ProjectState) -> Any:
        return state.apps.get_model("sample", "Pot")


@pytest.fixture
def rollout() -> Rollout:
    return Rollout()


# -- what is named -----------------------------------------------------------------------------------------------------

ADDED: dict[str, models.Field[Any, Any]] = {
    "with a default of the database": models.BooleanField(default=False, db_default=False),
    "that may be NULL": models.BooleanField(null=True),
}


def add(field: Any, name: str = "hot") -> Any:
    return migrations.AddField("Pot", name, field)


def alter(name: str, field: Any) -> Any:
    return migrations.AlterField("Pot", name, field)


@pytest.mark.parametrize(
    "harmless",
    [
        *map(add, ADDED.values()),
        add(models.ManyToManyField("sample.Pot")),
        alter("name", models.CharField(max_length=20)),
        alter("name", models.TextField()),
        alter("name", models.CharField(max_length=10, null=True)),
        alter("cups", models.BigIntegerField(default=1)),
        alter("heat", models.SmallIntegerField(default=1)),
        alter("cups", models.IntegerField(default=2, db_default=2)),
        alter("price", models.DecimalField(max_digits=8, decimal_places=3, default=1)),
        migrations.AddIndex("Pot", models.Index(fields=["name"], name="by_name")),
        migrations.CreateModel("Cup", [("id", models.UUIDField(primary_key=True))]),
    ],
)
def test_what_an_old_process_does_not_notice_is_no_matter(harmless: Any, rollout: Rollout) -> None:
    assert rollout.then(harmless).missed == {}


@pytest.mark.parametrize(
    ("operation", "name", "why"),
    [
        (add(models.BooleanField(default=False)), "hot", "inserts rows without it: give it a db_default"),
        (add(models.BooleanField(db_default=False)), "hot", "give it a default beside it"),
        (migrations.RemoveField("Pot", "note"), "note", "it is gone"),
        (migrations.RenameField("Pot", "note", "remark"), "note", "it is gone"),
        (alter("note", models.TextField(default="")), "note", "may write NULL"),
        (alter("name", models.CharField(max_length=10, unique=True)), "name", "it is unique now"),
        (alter("name", models.CharField(max_length=9)), "name", "it was CharField(10), and is CharField(9)"),
        (alter("note", models.CharField(max_length=9, null=True)), "note", "it was TextField(), and is CharField(9)"),
        (alter("cups", models.SmallIntegerField(default=1)), "cups", "and is SmallIntegerField()"),
        (alter("cups", models.PositiveBigIntegerField(default=1)), "cups", "and is PositiveBigIntegerField()"),
        (alter("lids", models.IntegerField(db_default=1)), "lids", "and is IntegerField()"),
        (alter("lids", models.PositiveBigIntegerField()), "lids", "leaves its value to the database"),
        (alter("cups", models.CharField(max_length=9)), "cups", "it was IntegerField(), and is CharField(9)"),
        (
            alter("price", models.DecimalField(max_digits=6, decimal_places=1, default=1)),
            "price",
            "it was DecimalField(6, 2), and is DecimalField(6, 1)",
        ),
        (
            alter("price", models.DecimalField(max_digits=6, decimal_places=3, default=1)),
            "price",
            "it was DecimalField(6, 2), and is DecimalField(6, 3)",
        ),
        (
            migrations.AddConstraint("Pot", UniqueConstraint(fields=["name"], name="once")),
            "once",
            "does not know that it has to be kept",
        ),
        (
            migrations.AddConstraint("Pot", CheckConstraint(condition=Q(cups__gt=0), name="some")),
            "some",
            "does not know that it has to be kept",
        ),
    ],
)
def test_what_an_old_process_cannot_do_any_more_is_named(operation: Any, name: str, why: str, rollout: Rollout) -> None:
    found = rollout.then(operation).missed
    assert {f"sample.Pot.{name}"} <= found.keys()
    assert why in found[f"sample.Pot.{name}"]


@pytest.mark.parametrize("gone", [migrations.DeleteModel("Pot"), migrations.AlterModelTable("Pot", "kettle")])
def test_a_table_that_is_gone_is_named(gone: Any, rollout: Rollout) -> None:
    assert rollout.then(gone).missed == {"sample.Pot": "its table is gone, and the version before still asks for it"}


def test_a_rule_of_new_columns_alone_binds_no_old_process(rollout: Rollout) -> None:
    rollout.then(
        add(models.IntegerField(default=0, db_default=0), "warmth"),
        add(models.UUIDField(null=True), "lid"),
        migrations.AddConstraint("Pot", CheckConstraint(condition=Q(warmth__gte=0), name="warm")),
        migrations.AddConstraint("Pot", UniqueConstraint(fields=["name", "lid"], name="one_lid")),
    )
    assert rollout.missed == {}
    rollout.then(
        migrations.AddConstraint("Pot", CheckConstraint(condition=Q(warmth__lte=F("cups")), name="fits")),
        migrations.AddConstraint(
            "Pot", UniqueConstraint(fields=["name", "lid"], name="one_lid_or_none", nulls_distinct=False)
        ),
    )
    assert rollout.missed.keys() == {"sample.Pot.fits", "sample.Pot.one_lid_or_none"}


# -- the engine of this run --------------------------------------------------------------------------------------------


@pytest.fixture
def tables(rollout: Rollout, database: None) -> Iterator[Rollout]:
    """The table of the release before, made."""
    connection = connections["sample"]
    with connection.schema_editor() as editor:
        editor.create_model(rollout.of(rollout.before))
    yield rollout
    with connection.schema_editor() as editor:
        editor.delete_model(rollout.of(rollout.before))


def migrate(tables: Rollout, field: Any) -> tuple[Any, Any]:
    """The model of the release before and that of today, on the table of today."""
    operation = add(field.clone())
    tables.then(operation)
    with connections["sample"].schema_editor() as editor:
        operation.database_forwards("sample", editor, tables.before, tables.now)
    return tables.of(tables.before), tables.of(tables.now)


def test_an_old_process_cannot_insert_where_a_new_column_has_no_default(tables: Rollout) -> None:
    """Django takes the default away that it has filled the rows with: this is what the rule is for."""
    old, _ = migrate(tables, models.BooleanField(default=False))
    with pytest.raises(IntegrityError, match="hot"):
        old.objects.create(name="a")
    with pytest.raises(IntegrityError, match="hot"):
        old.objects.bulk_create([old(name="b"), old(name="c")])


@pytest.mark.parametrize("kind", ADDED)
def test_an_old_process_goes_on_inserting_and_changing(kind: str, tables: Rollout) -> None:
    old, new = migrate(tables, ADDED[kind])
    made = old.objects.create(name="a")
    old.objects.bulk_create([old(name="b"), old(name="c")])
    new.objects.create(name="d", hot=True)
    assert old.objects.filter(name__in=["a", "d"]).update(cups=2) == 2
    made.cups = 3
    made.save()
    found = list(new.objects.order_by("name").values_list("name", "cups", "hot"))
    unsaid = None if ADDED[kind].null else False
    assert found == [("a", 3, unsaid), ("b", 1, unsaid), ("c", 1, unsaid), ("d", 2, True)]


def test_what_an_old_process_wrote_has_the_default_in_every_condition(tables: Rollout) -> None:
    old, new = migrate(tables, models.BooleanField(default=False, db_default=False))
    key = old.objects.create(name="a").pk
    assert new.objects.filter(hot=False).count() == 1
    assert new.objects.exclude(hot=False).count() == 0
    found = read_one(new, ("hot", "name"), pk=key)
    assert (found.hot, found.name) == (False, "a")
    assert read_one(new, ("name",), pk=key, hot=True) is None
    assert change_one(new, {"pk": key, "hot": True}, cups=9) is False
    assert change_one(new, {"pk": key, "hot": False}, hot=True, cups=2) is True
    assert new.objects.filter(pk=key, hot=False).update(cups=9) == 0
    assert (new.objects.get().hot, new.objects.get().cups) == (True, 2)


def demanded(alias: str, table: str) -> set[str]:
    """The columns without which no row can be inserted, asked of the server."""
    connection: Any = connections[alias]
    if connection.vendor == "mongodb":
        [found] = connection.database.list_collections(filter={"name": table})
        return set(found["options"]["validator"]["$and"][0]["$jsonSchema"]["required"])
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in described if not column.null_ok and column.default is None}


def unsaid(before: dict[str, str]) -> set[str]:
    """What today's tables demand, and a process with these last migrations does not say."""
    found = set()
    for (app, _), model in state_of(before).models.items():
        if app in settings.SHOP_ALL_CONTEXTS and app in before:
            fields = {name: field.clone() for name, field in model.fields.items() if not field.many_to_many}
            for name, field in fields.items():
                field.set_attributes_from_name(name)
            table = model.options.get("db_table") or f"{app}_{model.name_lower}"
            said = {field.column for field in fields.values()}
            found |= {f"{app}.{model.name}.{column}" for column in demanded(home_of(app), table) - said}
    return found


@pytest.mark.usefixtures("database")
def test_the_release_before_can_insert_into_every_table_of_today() -> None:
    assert unsaid(BEFORE) == set()


@pytest.mark.usefixtures("database")
def test_a_column_that_it_could_not_have_said_would_be_seen() -> None:
    """Two columns that came before there was this rule."""
    found = unsaid(BEFORE | {"orders": "0007_captures"})
    assert found == {"orders.Order.by_customer", "orders.Order.save_payment_method"}


# -- the record of the release before ----------------------------------------------------------------------------------


def test_the_release_before_can_use_the_tables_of_today() -> None:
    excused = json.loads((settings.BASE_DIR / "docs" / "migrations-excused.json").read_text(encoding="utf-8"))
    assert cannot_be_shared(BEFORE, excused) == []


def test_what_it_misses_is_named_unless_it_is_excused() -> None:
    older = BEFORE | {"orders": "0007_captures"}
    names = ["orders.Order.by_customer", "orders.Order.save_payment_method"]
    why = "the version before inserts rows without it: give it a db_default beside its default, or null=True"
    assert cannot_be_shared(older, {}) == [f"{name}: {why}" for name in names]
    excused = dict.fromkeys(names, "no order is placed meanwhile")
    assert cannot_be_shared(older, excused) == []
    assert cannot_be_shared(BEFORE, excused) == [
        f"{name}: docs/migrations-excused.json excuses it, but nothing is the matter" for name in names
    ]


def test_a_migration_that_is_gone_is_named() -> None:
    assert cannot_be_shared(BEFORE | {"orders": "0099_gone"}, {}) == [
        "orders.0099_gone: this migration is gone, so the tables of the release before are not known"
    ]


def test_what_is_recorded_are_the_last_migrations_of_the_product() -> None:
    found = last_migrations()
    assert found.keys() == {*BEFORE}
    assert not {"sample", "mirror"} & found.keys()
