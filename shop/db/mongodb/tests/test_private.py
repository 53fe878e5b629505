"""The pinned backend is checked before anything is stored through it. No server is needed for these."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    WriteError,
)

from shop.db.mongodb import errors

pytestmark = pytest.mark.any_engine


def test_the_installed_backend_is_the_one_this_engine_was_made_for() -> None:
    from shop.db.mongodb import private

    private.verify()


def test_another_version_stops_the_start_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import django_mongodb_backend

    from shop.db.mongodb import private

    monkeypatch.setattr(django_mongodb_backend, "__version__", "5.2.5")
    with pytest.raises(ImproperlyConfigured, match=r"needs django-mongodb-backend==5\.2\.4, found 5\.2\.5"):
        private.verify()


def test_a_vanished_or_changed_interface_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from shop.db.mongodb import private

    monkeypatch.setattr(private.BackendQuery, "get_pipeline", lambda self, more: None)
    with pytest.raises(ImproperlyConfigured, match=r"MongoQuery.get_pipeline takes \(self, more\) instead of \(self\)"):
        private.verify()
    monkeypatch.setitem(private.INTERFACES, private.BackendQuery, {"gone": None})
    with pytest.raises(ImproperlyConfigured, match="MongoQuery has no 'gone'"):
        private.verify()


@pytest.mark.parametrize(
    ("failure", "kind", "message"),
    [
        (
            DuplicateKeyError("E11000", 11000, {"errmsg": "x index: sku_uniq dup key: {..}", "keyPattern": {"sku": 1}}),
            "IntegrityError",
            "unique constraint violated: sku_uniq (sku)",
        ),
        (
            BulkWriteError({"writeErrors": [{"code": 11000, "errmsg": "index: a dup key", "keyPattern": {"b": 1}}]}),
            "IntegrityError",
            "unique constraint violated: a (b)",
        ),
        (WriteError("no", 121, {}), "IntegrityError", "a rule of the collection is violated"),
        (AutoReconnect("gone"), "OperationalError", "gone"),
        (ExecutionTimeout("slow", 50, {}), "OperationalError", "slow, full error: {}"),
        (OperationFailure("odd", 9, {}), "DatabaseError", "odd, full error: {}"),
        (
            OperationFailure("x", 20, {}),
            "NotSupportedError",
            "Transactions need a MongoDB replica set. x, full error: {}",
        ),
    ],
)
def test_a_failure_of_the_driver_is_told_in_djangos_words(failure: Exception, kind: str, message: str) -> None:
    told = errors.as_django_error(failure)  # type: ignore[arg-type]
    assert (type(told).__name__, str(told)) == (kind, message)


def test_only_what_surely_did_not_happen_is_transient() -> None:
    def wrapped(*labels: str) -> Exception:
        outer = ValueError("outer")
        outer.__cause__ = AutoReconnect("x", {"errorLabels": list(labels)})
        return outer

    assert errors.is_transient(wrapped("TransientTransactionError")) is True
    assert errors.is_transient(wrapped("TransientTransactionError", "UnknownTransactionCommitResult")) is False
    assert errors.is_transient(wrapped()) is False
    assert errors.is_transient(ValueError()) is False
    assert errors.is_transient(None) is False
    assert errors.is_unknown_commit(wrapped("UnknownTransactionCommitResult")) is True
