"""Whatever fits the OpenAPI document, and whatever does not, gets an answer that the document names, and never a 500.

`make fuzz CASES=50000 SEED=7` sends more; `make test` sends 1,000 with a fixed seed.
"""

from __future__ import annotations

import os
from copy import copy
from functools import partial

import pytest
from django.http import HttpResponse

from apps.orders.http.views.orders import Orders
from tests.contract import PROBLEM
from tests.fuzz.cases import Findings, fuzz
from tests.fuzz.people import somebody

pytestmark = pytest.mark.usefixtures("database")
CASES = int(os.environ.get("CASES") or 1000)
SEED = int(os.environ.get("SEED") or 20261127)


@pytest.mark.parametrize("kind", ["nobody", "customer", "staff"])
def test_no_request_breaks_the_shop_or_its_document(kind, things):
    found = fuzz(cases=CASES // 3, seed=SEED, caller=partial(somebody, kind), known=things)

    print(f"{kind}: {found.sent} requests; answers by status: {dict(sorted(found.statuses.items()))}")
    assert found.sent >= CASES // 3
    assert found.faults == {}, _told(found)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (KeyError("x"), "ServerError 500"),
        (HttpResponse(b"{}", content_type="application/json"), "JsonSchemaError 200"),
        (HttpResponse(b'{"code":"x"}', status=418, content_type=PROBLEM), "ServerError 500"),
        (HttpResponse(b"hello"), "UndefinedContentType 200"),
    ],
)
def test_a_broken_shop_is_found_out(database, monkeypatch, answer, fault):
    def dispatch(self, request, *args, **kwargs):
        if isinstance(answer, Exception):
            raise answer
        return copy(answer)

    monkeypatch.setattr(Orders, "dispatch", dispatch)

    found = fuzz(cases=3, seed=SEED, caller=partial(somebody, "nobody"), known={}, below="/api/v1/orders")

    assert fault in {name.partition(": ")[2] for name in found.faults}


def _told(found: Findings) -> str:
    return "\n\n".join(f"--- {name}\n{text}" for name, text in sorted(found.faults.items()))
