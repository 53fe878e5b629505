"""The connection: Django's own transactions on MongoDB sessions, and one shared client per process."""
# mypy: allow-subclassing-any

from __future__ import annotations

import contextlib
import os
import time
from typing import Any, NoReturn, Self, cast

from django.db import InterfaceError, NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import debug_transaction
from pymongo import ReadPreference, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.mongo_client import MongoClient
from pymongo.read_concern import ReadConcern

from . import absent, clients, comparisons, private
from .errors import UNKNOWN_COMMIT, as_django_error
from .features import DatabaseFeatures
from .introspection import DatabaseIntrospection
from .logged import LoggedCollection
from .operations import DatabaseOperations
from .private import BackendWrapper
from .schema import DatabaseSchemaEditor

private.verify()
absent.install()

Document = dict[str, Any]
COMMIT_SECONDS = 10.0
NEEDS_REPLICA_SET = (
    "transaction.atomic() needs MongoDB to run as a replica set (one member is enough): start mongod with --replSet "
    "and call rs.initiate() once. {servers} is a standalone server."
)


class NoCursor:
    """Stands where Django asks for a cursor; raw SQL is refused."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        pass

    def close(self) -> None:
        """Nothing to close."""

    def execute(self, *_: Any, **__: Any) -> NoReturn:
        """MongoDB does not speak SQL."""
        raise NotSupportedError("Raw SQL is not supported on MongoDB.")

    callproc = executemany = execute


class DatabaseWrapper(BackendWrapper):
    """``django.db.transaction`` works as documented, but for savepoints.

    ``atomic`` inside ``atomic`` joins the outer transaction. When the inner block fails, the outer one can only roll
    back: its next query raises TransactionManagementError, as with ``savepoint=False`` on SQL.
    """

    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    introspection_class = DatabaseIntrospection
    SchemaEditorClass = DatabaseSchemaEditor
    mongo_expr_operators = BackendWrapper.mongo_expr_operators | comparisons.OPERATORS

    # The backend replaced both by versions that do nothing inside Django's own atomic().
    on_commit = BaseDatabaseWrapper.on_commit
    set_autocommit = BaseDatabaseWrapper.set_autocommit

    connection: Any
    session: ClientSession | None
    run_on_commit: list[Any]
    _process: int | None = None
    _database: Database[Document] | None = None

    # -- connecting ------------------------------------------------------------------------------------------------

    def get_new_connection(self, conn_params: Document) -> MongoClient[Document]:
        """The shared client of this process; after a fork the child gets one of its own."""
        self._process = os.getpid()
        return clients.client_for({**conn_params, "driver": self._driver_info()})

    def init_connection_state(self) -> None:
        """Choose the database."""
        self._database = self.connection[self.settings_dict["NAME"]]
        try:
            BaseDatabaseWrapper.init_connection_state(self)
        except PyMongoError as error:
            raise as_django_error(error) from error

    @property
    def database(self) -> Database[Document]:
        """The pymongo database, connected on first use in this process."""
        if self._process != os.getpid():
            self._leave_parent_process()
        if self._database is None:
            self.connect()
        return cast("Database[Document]", self._database)

    def _leave_parent_process(self) -> None:
        if self._process is not None and self.in_atomic_block:
            raise InterfaceError("The process was forked inside a transaction; the child cannot take part in it.")
        self.connection = self._database = self.session = None

    def ensure_connection(self) -> None:
        """Connect unless this very process already did."""
        if self._process != os.getpid():
            self._leave_parent_process()
        super().ensure_connection()

    def is_usable(self) -> bool:
        """The client's pool replaces broken sockets itself."""
        return True

    def close(self) -> None:
        """Give up an open transaction; the client stays, as it belongs to the whole process."""
        self.validate_thread_sharing()
        self.run_on_commit = []
        self._end_session()
        if self.in_atomic_block:
            self.closed_in_transaction = True
            self.needs_rollback = True

    def close_pool(self) -> None:
        """Close the shared client too."""
        self.run_on_commit = []
        self._end_session()
        client, self.connection, self._database = self.connection, None, None
        if client is not None:
            clients.forget(client)

    def cursor(self) -> NoCursor:
        """Django asks for one around introspection; it cannot execute anything."""
        return NoCursor()

    def get_collection(self, name: str, **options: Any) -> Any:
        """The collection for one operation; refused in a transaction that can only be rolled back."""
        if self.needs_rollback and self.in_atomic_block:
            self.validate_no_broken_transaction()
        collection: Collection[Document] = Collection(self.database, name, **options)
        return LoggedCollection(self, collection) if self.queries_logged else collection

    # -- transactions ----------------------------------------------------------------------------------------------

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001  # Django's signature
        if autocommit:
            return
        self._end_session()
        self.require_replica_set()
        self.session = self.start_session()

    def start_session(self) -> ClientSession:
        """A session with a begun transaction; costs no round trip, the first operation carries the beginning."""
        session: ClientSession = self.connection.start_session()
        session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=WriteConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )
        return session

    def require_replica_set(self) -> None:
        """Refuse transactions on a standalone server, with a sentence that says what to do."""
        try:
            able = clients.has_transactions(self.connection)
        except PyMongoError as error:
            raise as_django_error(error) from error
        if not able:
            servers = ", ".join(f"{host}:{port}" for host, port in self.connection.nodes)
            raise NotSupportedError(NEEDS_REPLICA_SET.format(servers=servers))

    def _commit(self) -> None:
        session = self.session
        if session is None:
            return
        try:
            with debug_transaction(self, "COMMIT"):
                commit(session)
        except PyMongoError as error:
            raise as_django_error(error) from error
        finally:
            self._end_session()

    def _rollback(self) -> None:
        if self.session is None:
            return
        try:
            with debug_transaction(self, "ROLLBACK"):
                self.session.abort_transaction()
        except PyMongoError as error:
            raise as_django_error(error) from error
        finally:
            self._end_session()

    def _end_session(self) -> None:
        """End the session; the server drops a transaction that is still open."""
        session, self.session = self.session, None
        if session is not None:
            with contextlib.suppress(PyMongoError):
                session.end_session()

    def broken_by(self, error: PyMongoError) -> Exception:
        """Django's exception for a failed operation; in a transaction the server has already aborted it."""
        failure = as_django_error(error)
        if self.in_atomic_block:
            self.needs_rollback = True
            self.rollback_exc = failure
        return failure


def commit(session: ClientSession) -> None:
    """Commit, and ask again while the answer is lost: repeating a commit is safe, repeating its writes is not."""
    deadline = time.monotonic() + COMMIT_SECONDS
    while True:
        try:
            session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label(UNKNOWN_COMMIT) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
