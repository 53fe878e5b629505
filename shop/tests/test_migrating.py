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
    """App labels of what is applied and of what is only noted, as on an empty database."""
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
    assert state.models.keys() == executor.loader.project_state().models.keys()
    assert "apps" not in vars(state)


def test_a_faked_migration_is_djangos_business(executor, monkeypatch):
    plan, applied, noted, _ = run(executor, monkeypatch, fake=True)

    assert (len(applied), noted) == (len(plan), [])


def test_djangos_own_executor_is_there_again_afterwards():
    with sparing():
        assert migrate.MigrationExecutor is SparingExecutor

    assert migrate.MigrationExecutor is MigrationExecutor
