"""Migrations of a database that holds the tables of one context only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate as command
from django.db import router
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class SparingExecutor(MigrationExecutor):
    """Notes a migration of an app that lives elsewhere without building its models, on which Django spends most time.

    Each database knows all migrations, so that Django's own order and checks hold in it.
    """

    def _migrate_all_forwards(
        self,
        state: ProjectState,
        plan: list[tuple[Migration, bool]],
        full_plan: list[tuple[Migration, bool]],
        fake: bool,  # noqa: FBT001  # Django's signature
        fake_initial: bool,  # noqa: FBT001
    ) -> ProjectState:
        """Those of the plan in their order. Django's own builds all models first, whoever needs them."""
        wanted = {migration for migration, _ in plan}
        for migration, _ in full_plan:
            if migration in wanted:
                if fake or router.allow_migrate(self.connection.alias, migration.app_label):
                    state = self.apply_migration(state, migration, fake, fake_initial)
                else:
                    state = self._note(state, migration)
        return state

    def _note(self, state: ProjectState, migration: Migration) -> ProjectState:
        """Of a migration nothing of which would be run here."""
        vars(state).pop("apps", None)  # built again when somebody needs them
        self._tell("apply_start", migration)
        state = migration.mutate_state(state, preserve=False)
        self.record_migration(migration)  # type: ignore[call-arg,arg-type]  # the stubs are of an older Django
        self._tell("apply_success", migration)
        return state

    def _tell(self, what: str, migration: Migration) -> None:
        progress: Any = self.progress_callback
        if progress:
            progress(what, migration, False)


@contextmanager
def sparing() -> Iterator[None]:
    """Let Django's command use it: there is no other place to say so."""
    djangos: Any = command
    djangos.MigrationExecutor = SparingExecutor
    try:
        yield
    finally:
        djangos.MigrationExecutor = MigrationExecutor
