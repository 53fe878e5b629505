"""How an engine would read something: a list or a look-up that walks a table is found here, not in production."""

from __future__ import annotations

import re
from typing import Any

from django.db import connections


def assert_by_index(rows: Any) -> None:
    """The engine of the tests reads this queryset by an index, and sorts nothing itself."""
    connection = connections[rows.db]
    if connection.vendor == "postgresql":  # which scans tables as small as these if it may
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
    plan = str(rows.explain())
    if connection.vendor == "postgresql":
        connection.close()  # and its settings
        assert "Seq Scan" not in plan, plan
    elif connection.vendor == "mongodb":
        assert "COLLSCAN" not in plan, plan
        assert "IXSCAN" in plan or "IDHACK" in plan or "EXPRESS" in plan, plan
        assert "'SORT'" not in plan, plan
    else:
        assert not re.search(r"SCAN (?!.* USING)", plan), plan
        assert " INDEX " in plan, plan
        assert "TEMP B-TREE" not in plan, plan
