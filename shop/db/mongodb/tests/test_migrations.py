"""Validators and indexes follow the models when migrations change them, and refuse what rows already break."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, NotSupportedError, migrations, models
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from pymongo.errors import NetworkTimeout

from shop.db.mongodb.clients import forget


class Project:
    """A project of one app whose migrations are applied one operation at a time."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.state = ProjectState()
        self.apply(
            migrations.CreateModel(
                "Thing",
                [
                    ("id", models.UUIDField(primary_key=True, db_column="_id", default=uuid.uuid4)),
                    ("name", models.CharField(max_length=10)),
                    ("size", models.IntegerField(null=True)),
                ],
            )
        )

    def apply(self, operation: Any) -> None:
        operation.state_forwards_to = None
        before, after = self.state, self.state.clone()
        operation.state_forwards("moving", after)
        with self.connection.schema_editor() as editor:
            operation.database_forwards("moving", editor, before, after)
        self.state = after

    def undo(self, operation: Any, before: ProjectState) -> None:
        with self.connection.schema_editor() as editor:
            operation.database_backwards("moving", editor, self.state, before)
        self.state = before

    @property
    def things(self) -> Any:
        return self.state.apps.get_model("moving", "Thing").objects.using("engine")

    def rules(self) -> Any:
        [found] = self.connection.database.list_collections(filter={"name": "moving_thing"})
        return found["options"]["validator"]["$and"][0]["$jsonSchema"]


def test_a_change_may_take_longer_than_any_request_waits(project: Project) -> None:
    """As of a large collection: here four rows of a quarter of a second each, and half a second of patience."""
    for number in range(4):
        project.things.create(name=f"thing {number}")
    hasty = project.connection.copy("hasty")
    hasty.settings_dict["HOST"] += "&socketTimeoutMS=500"
    slow = {"find": "moving_thing", "filter": {"$where": "sleep(250) || true"}}
    try:
        with pytest.raises(NetworkTimeout):
            hasty.database.command(slow)
        with hasty.schema_editor():
            assert len(hasty.database.command(slow)["cursor"]["firstBatch"]) == 4
        with pytest.raises(NetworkTimeout):
            hasty.database.command(slow)
    finally:
        forget(hasty.connection)
        hasty.close()


@pytest.fixture
def project(engine: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setattr("django.db.router.allow_migrate_model", lambda alias, model: True)
    monkeypatch.setattr("django.db.router.allow_migrate", lambda alias, app_label, **hints: True)
    yield Project(engine)
    for name in engine.database.list_collection_names():
        if name.startswith("moving_"):
            engine.database.drop_collection(name)


def test_an_added_column_is_filled_and_then_required(project: Project) -> None:
    project.things.create(name="a")
    project.apply(migrations.AddField("Thing", "stars", models.PositiveSmallIntegerField(default=3)))

    assert project.things.get().stars == 3
    assert "stars" in project.rules()["required"]
    with pytest.raises(IntegrityError, match="stars violates minimum"):
        project.things.create(name="b", stars=-1)


@pytest.mark.parametrize("default", [{}, {"a": {}}, []])
def test_an_added_json_column_is_filled_with_its_default(project: Project, default: Any) -> None:
    project.things.create(name="old")
    project.apply(migrations.AddField("Thing", "extra", models.JSONField(default=type(default)(default).copy)))
    assert project.things.get().extra == default


def test_an_added_text_may_begin_with_a_dollar(project: Project) -> None:
    project.things.create(name="old")
    project.apply(migrations.AddField("Thing", "mark", models.CharField(max_length=10, default="$name")))
    assert project.things.get().mark == "$name"


def test_a_removed_column_is_no_longer_required(project: Project) -> None:
    project.things.create(name="a", size=1)
    project.apply(migrations.RemoveField("Thing", "name"))

    assert project.things.create(size=2).size == 2
    assert project.connection.database["moving_thing"].find_one({"name": {"$exists": True}}) is None


def test_a_shorter_column_is_refused_while_rows_are_longer(project: Project) -> None:
    project.things.create(name="123456")
    shorter = migrations.AlterField("Thing", "name", models.CharField(max_length=5))
    with pytest.raises(IntegrityError, match="moving_thing has rows that break the new rules"):
        project.apply(shorter)
    with pytest.raises(IntegrityError, match="maxLength"):
        project.things.create(name="12345678901")

    project.things.all().delete()
    project.apply(shorter)
    with pytest.raises(IntegrityError, match="maxLength"):
        project.things.create(name="123456")


def test_a_nullable_column_becomes_required_with_its_default(project: Project) -> None:
    project.things.create(name="a", size=None)
    project.apply(migrations.AlterField("Thing", "size", models.IntegerField(default=7)))

    assert project.things.get().size == 7
    with pytest.raises(IntegrityError):
        project.things.update(size=None)


def test_a_renamed_column_takes_its_rules_and_checks_along(project: Project) -> None:
    project.apply(migrations.AddConstraint("Thing", CheckConstraint(condition=Q(size__gt=F("size") - 1), name="odd")))
    project.apply(migrations.AddConstraint("Thing", CheckConstraint(condition=Q(size__gte=0), name="no_less")))
    project.things.create(name="a", size=1)
    project.apply(migrations.RenameField("Thing", "size", "width"))

    assert project.things.get().width == 1
    assert "size" not in project.rules()["properties"]
    with pytest.raises(IntegrityError, match="no_less"):
        project.things.update(width=-1)


def test_a_check_comes_and_goes(project: Project) -> None:
    before = project.state
    positive = migrations.AddConstraint("Thing", CheckConstraint(condition=Q(size__gt=0), name="positive"))
    project.apply(positive)
    with pytest.raises(IntegrityError, match="positive"):
        project.things.create(name="a", size=0)
    project.undo(positive, before)

    assert project.things.create(name="a", size=0).size == 0
    with pytest.raises(IntegrityError, match="has rows that break the new rules"):
        project.apply(positive)


def test_a_unique_column_follows_its_nullability(project: Project) -> None:
    project.apply(migrations.AlterField("Thing", "size", models.IntegerField(null=True, unique=True)))
    project.things.create(name="a", size=None)
    project.things.create(name="b", size=None)
    project.things.filter(name="b").update(size=2)
    project.things.filter(name="a").update(size=1)
    project.apply(migrations.AlterField("Thing", "size", models.IntegerField(unique=True)))

    [index] = [i for i in project.connection.database["moving_thing"].list_indexes() if i.get("unique")]
    assert "partialFilterExpression" not in index
    with pytest.raises(IntegrityError, match=r"\(size\)"):
        project.things.create(name="c", size=2)
    project.apply(migrations.AlterField("Thing", "size", models.IntegerField()))
    assert project.things.create(name="c", size=2).size == 2


def test_nulls_may_count_as_equal(project: Project) -> None:
    once = UniqueConstraint(fields=["size"], name="once", nulls_distinct=False)
    project.apply(migrations.AddConstraint("Thing", once))
    project.things.create(name="a", size=None)
    with pytest.raises(IntegrityError, match="once"):
        project.things.create(name="b", size=None)
    project.apply(migrations.RemoveConstraint("Thing", "once"))
    assert project.things.create(name="b", size=None).size is None


def test_a_renamed_table_keeps_its_rules(project: Project) -> None:
    project.apply(migrations.AlterModelTable("Thing", "moving_renamed"))
    with pytest.raises(IntegrityError, match="maxLength"):
        project.things.create(name="x" * 11)


def test_m2m_tables_and_foreign_keys_get_rules_too(project: Project) -> None:
    project.apply(migrations.AddField("Thing", "friends", models.ManyToManyField("moving.Thing")))
    [found] = project.connection.database.list_collections(filter={"name": "moving_thing_friends"})
    schema = found["options"]["validator"]["$and"][0]["$jsonSchema"]

    assert schema["properties"]["from_thing_id"] == {"bsonType": ["string"], "maxLength": 32}


def test_a_change_of_type_is_refused(project: Project) -> None:
    with pytest.raises(NotSupportedError, match="changes its type from long to string"):
        project.apply(migrations.AlterField("Thing", "size", models.CharField(max_length=5, null=True)))


def test_a_widened_integer_keeps_its_values(project: Project) -> None:
    project.things.create(name="a", size=5)
    project.apply(migrations.AlterField("Thing", "size", models.BigIntegerField(null=True)))
    project.things.update(size=2**40)
    assert project.things.get().size == 2**40


def test_data_moves_in_a_transaction(project: Project) -> None:
    def move(apps: Any, editor: Any) -> None:
        apps.get_model("moving", "Thing").objects.using("engine").create(name="a")
        raise KeyError

    from django.db import transaction

    with pytest.raises(KeyError), transaction.atomic(using="engine"):
        project.apply(migrations.RunPython(move))
    assert project.things.count() == 0


def test_what_a_migration_would_do_can_be_printed(engine: Any) -> None:
    from .sampleapp.models import Stock

    with engine.schema_editor(collect_sql=True) as editor:
        editor.create_model(Stock)
        editor.remove_constraint(Stock, Stock._meta.constraints[0])

    assert editor.collected_sql[0].startswith("db.create_collection('sampleapp_stock'")
    assert editor.collected_sql[-1].startswith("db.command({'collMod': 'sampleapp_stock'")
