"""What must not be written because it does not mean the same on SQLite, MongoDB and PostgreSQL, or hides a race."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.sources import Source, calls

FORBIDDEN_CALLS = {
    "select_for_update": "no lock exists on MongoDB and SQLite: guard by a conditional update and its row count",
    "get_or_create": "reads, then decides: insert with the key and meet IntegrityError outside a transaction",
    "update_or_create": "reads, then decides: conditional update and its row count",
    "raw": "raw SQL speaks to one engine",
    "extra": "raw SQL speaks to one engine",
    "cursor": "raw SQL speaks to one engine",
    "Window": "MongoDB has no window functions here",
    "RawSQL": "raw SQL speaks to one engine",
}
FORBIDDEN_ARGUMENTS = {
    "ignore_conflicts": "MongoDB cannot",
    "update_conflicts": "MongoDB cannot",
}
CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
TRANSACTIONS = {"transaction.atomic", "atomic", "transaction.on_commit", "on_commit", "transaction.savepoint"}
EXCUSED = {
    ("shop/http/health.py", "cursor"): "asks a relational database whether it is there",
    ("shop/jobs.py", "on_commit"): "wakes a job; nothing is lost when it does not",
    ("shop/ports/signing.py", "time"): "the time on the wire is compared with the other machine's",
}
NEAR_ENGINES = ("shop/db/",)
NEAR_CLOCK = ("shop/clock.py", "shop/observability/", "config/dev/")


def offences(source: Source) -> Iterator[str]:
    """What `source` should not say."""
    near_engine = source.path.startswith(NEAR_ENGINES)
    for node, called, word in calls(source):
        if (source.path, word) in EXCUSED:
            continue
        if not near_engine and word in FORBIDDEN_CALLS and ("." in called or word[0].isupper()):
            yield f"{source.at(node)}: {word}(): {FORBIDDEN_CALLS[word]}"
        for keyword in node.keywords:
            if not near_engine and keyword.arg in FORBIDDEN_ARGUMENTS and _is_true(keyword.value):
                yield f"{source.at(node)}: {keyword.arg}: {FORBIDDEN_ARGUMENTS[keyword.arg]}"
        if called in CLOCKS and not source.path.startswith(NEAR_CLOCK):
            yield f"{source.at(node)}: {called}(): there is one clock, shop.clock.now()"
        if not near_engine and called in TRANSACTIONS:
            yield f"{source.at(node)}: {called}(): transactions go through shop.db.transact, which retries"


def _is_true(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and node.value is False)
