"""What the driver raises, told in Django's words; the driver's own exception stays the ``__cause__``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError, IntegrityError, NotSupportedError, OperationalError
from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError

DUPLICATE_KEY = 11000
DOCUMENT_VALIDATION = 121
TRANSACTIONS_REFUSED = 20
TRANSIENT = "TransientTransactionError"
UNKNOWN_COMMIT = "UnknownTransactionCommitResult"
INDEX_NAME = re.compile(r"index: (\S+) dup key")


def is_transient(error: BaseException | None) -> bool:
    """Did nothing happen, because of a conflict or a lost primary, so that the whole transaction may be run again?

    A commit whose outcome is unknown is not transient: running the transaction again could do it twice.
    """
    for cause in _causes(error):
        if isinstance(cause, PyMongoError):
            return cause.has_error_label(TRANSIENT) and not cause.has_error_label(UNKNOWN_COMMIT)
    return False


def is_unknown_commit(error: BaseException | None) -> bool:
    """Was the answer of a commit lost, so that the transaction may or may not have happened?"""
    return any(isinstance(cause, PyMongoError) and cause.has_error_label(UNKNOWN_COMMIT) for cause in _causes(error))


def as_django_error(error: PyMongoError) -> DatabaseError:
    """The Django exception for a failure of the driver; raise it ``from`` the failure."""
    for failure in _failures(error):
        if failure.get("code") == DUPLICATE_KEY:
            return IntegrityError(_unique_message(failure))
        if failure.get("code") == DOCUMENT_VALIDATION:
            return IntegrityError(_validation_message(failure))
    if isinstance(error, ConnectionFailure | ExecutionTimeout) or error.has_error_label(TRANSIENT):
        return OperationalError(str(error))
    if isinstance(error, OperationFailure) and error.code == TRANSACTIONS_REFUSED:
        return NotSupportedError(f"Transactions need a MongoDB replica set. {error}")
    return DatabaseError(str(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _failures(error: PyMongoError) -> Iterator[dict[str, Any]]:
    details: Any = getattr(error, "details", None) or {}
    if isinstance(error, BulkWriteError):
        yield from details.get("writeErrors", ())
    elif isinstance(error, OperationFailure):
        yield {**details, "code": error.code}


def _unique_message(failure: dict[str, Any]) -> str:
    found = INDEX_NAME.search(failure.get("errmsg", ""))
    columns = ", ".join(failure.get("keyPattern", ()))
    return f"unique constraint violated: {found[1] if found else 'unnamed'} ({columns})"


def _validation_message(failure: dict[str, Any]) -> str:
    details = failure.get("errInfo", {}).get("details", {})
    return "; ".join(dict.fromkeys(_broken_rules(details))) or "a rule of the collection is violated"


def _broken_rules(node: Any) -> Iterator[str]:
    """Names of check constraints and columns with what is wrong with them, found in the server's explanation."""
    if isinstance(node, list):
        for item in node:
            yield from _broken_rules(item)
    elif isinstance(node, dict):
        if node.get("operatorName") == "$expr":
            yield f"check constraint violated: {constraint_of(node.get('specifiedAs', {}).get('$expr'))}"
        elif "propertyName" in node:
            rules = ", ".join(sorted({str(rule.get("operatorName")) for rule in node.get("details", ())}))
            yield f"column {node['propertyName']} violates {rules}"
        elif node.get("operatorName") == "required":
            yield f"column {', '.join(node.get('missingProperties', ()))} is missing"
        else:
            for key in ("clausesNotSatisfied", "schemaRulesNotSatisfied", "propertiesNotSatisfied", "details"):
                yield from _broken_rules(node.get(key))


def named(condition: Any, name: str) -> dict[str, Any]:
    """The condition as a validator clause that carries the constraint's name, which the server repeats on failure."""
    return {"$expr": {"$and": [condition, {"$literal": name}]}}


def constraint_of(expression: Any) -> str:
    """The name that `named` put into a clause."""
    try:
        return str(expression["$and"][1]["$literal"])
    except (KeyError, IndexError, TypeError):
        return "unnamed"
