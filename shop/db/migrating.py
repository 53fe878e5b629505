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
    """Builds the models of those apps only whose tables this database has; of the others a migration is just noted.

    Building models is what Django spends most time on, and no reference leaves a database. Each database knows all
    migrations, so that Django's own order and checks hold in it.
    """

    def _lives_here(self, app_label: str) -> bool:
        return router.allow_migrate(self.connection.alias, app_label)

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:  # noqa: FBT001, FBT002
        """What is applied already: of all apps where permissions are kept, which are given to every model."""
        state: ProjectState = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]  # not in the stubs
        return state if self._lives_here("auth") else self._here(state)

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
        everything, here = state, self._here(state)
        vars(everything).pop("apps", None)  # built again by who needs them
        for migration, _ in full_plan:
            if migration in wanted:
                everything = migration.mutate_state(everything, preserve=False)
                if fake or self._lives_here(migration.app_label):
                    here = self.apply_migration(here, migration, fake, fake_initial)
                else:
                    self._note(migration)
        return everything if self._lives_here("auth") else here

    def _here(self, state: ProjectState) -> ProjectState:
        """Without what lives elsewhere, and by itself: a migration changes the state of the whole in place."""
        models = {key: model.clone() for key, model in state.models.items() if self._lives_here(key[0])}
        return ProjectState(models, real_apps=state.real_apps)

    def _note(self, migration: Migration) -> None:
        """Of a migration nothing of which would be run here."""
        self._tell("apply_start", migration)
        self.record_migration(migration)  # type: ignore[call-arg,arg-type]  # the stubs are of an older Django
        self._tell("apply_success", migration)

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
