"""Whatever fits the OpenAPI document, and whatever does not, gets an answer that the document names, and never a 500.

`make fuzz CASES=50000 SEED=7` sends more; `make test` sends 1,000 with a fixed seed. What it found is in test_found.py.
"""

from __future__ import annotations

import os
from functools import partial

import pytest

from shop.http.wsgi import Handler
from tests.fuzz.cases import Findings, fuzz
from tests.fuzz.people import somebody

pytestmark = pytest.mark.usefixtures("database")
CASES = int(os.environ.get("CASES") or 1000)
SEED = int(os.environ.get("SEED") or 20261127)


@pytest.mark.parametrize("kind", ["nobody", "customer", "staff"])
def test_no_request_breaks_the_shop_or_its_document(kind, things):
    found = fuzz(Handler(), cases=CASES // 3, seed=SEED, caller=partial(somebody, kind), known=things)

    print(f"{kind}: {found.sent} requests; answers by status: {dict(sorted(found.statuses.items()))}")
    assert found.sent >= CASES // 3
    assert found.faults == {}, _told(found)


def _told(found: Findings) -> str:
    return "\n\n".join(f"--- {name}\n{text}" for name, text in sorted(found.faults.items()))
