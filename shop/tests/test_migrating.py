"""Each database knows all migrations, and only those of its own tables cost anything."""

from __future__ import annotations

import pytest
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from shop.db.migrating import SparingExecutor, sparing


@pytest.fixture
def executor(database):
    return SparingExecutor(connections["sample"])


def run(executor, monkeypatch, *, fake=False):
    """The plan, what of it is applied and what only noted, and the last state, as on an empty database."""
    applied, noted = [], []

    def apply(state, migration, fake, fake_initial):
        applied.append(migration)
        return migration.mutate_state(state, preserve=False)

    monkeypatch.setattr(executor, "apply_migration", apply)
    monkeypatch.setattr(executor, "record_migration", noted.append)
    executor.loader.applied_migrations = {}
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    state = executor._migrate_all_forwards(executor._create_project_state(), plan, plan, fake, False)
    return plan, applied, noted, state


def test_what_lives_elsewhere_is_only_noted_and_nothing_is_left_out(executor, monkeypatch):
    plan, applied, noted, state = run(executor, monkeypatch)

    assert {one.app_label for one in applied} == {"shop", "sample"}
    assert {("accounts", "0001_initial"), ("catalog", "0001_initial")} <= {(one.app_label, one.name) for one in noted}
    assert len(applied) + len(noted) == len(plan) == len({*applied, *noted})
    assert {app for app, _ in state.models} == {"shop", "sample"}


def test_what_is_applied_already_is_known_of_its_own_tables_only(executor):
    state = executor._create_project_state(with_applied_migrations=True)

    assert {app for app, _ in state.models} == {"shop", "sample"}


def test_where_permissions_are_kept_all_models_are_known(database, monkeypatch):
    executor = SparingExecutor(connections["accounts"])
    everything = executor.loader.project_state().models.keys()
    state = executor._create_project_state(with_applied_migrations=True)
    _, applied, _, made = run(executor, monkeypatch)

    assert state.models.keys() == made.models.keys() == everything
    assert {one.app_label for one in applied} == {"shop", "accounts", "admin", "auth", "contenttypes", "sessions"}


def test_a_release_that_is_brought_up_to_date_sees_each_table_as_its_migrations_before_left_it(database, monkeypatch):
    executor = SparingExecutor(connections["orders"])
    before = executor.loader.project_state([("orders", "0009_newest_captures")])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    late = [one for one in plan if one[0].app_label == "orders" and one[0].name > "0009_newest_captures"]
    seen = {}

    def apply(state, migration, fake, fake_initial):
        seen[migration.name] = {index.name for index in state.models["orders", "ordercapture"].options["indexes"]}
        return migration.mutate_state(state, preserve=False)

    monkeypatch.setattr(executor, "apply_migration", apply)
    executor._migrate_all_forwards(before, late, plan, False, False)
    assert seen["0010_newest_returns"] == {"order_capture_due", "order_capture_newest"}
    assert seen["0011_buyer_sees"] == {"order_capture_due", "order_capture_listed"}


def test_a_faked_migration_is_djangos_business(executor, monkeypatch):
    plan, applied, noted, _ = run(executor, monkeypatch, fake=True)

    assert (len(applied), noted) == (len(plan), [])


def test_djangos_own_executor_is_there_again_afterwards():
    with sparing():
        assert migrate.MigrationExecutor is SparingExecutor

    assert migrate.MigrationExecutor is MigrationExecutor
