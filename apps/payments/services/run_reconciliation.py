"""A comparison with the provider as a row that can be asked for, waited for and looked at later."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from apps.payments.models import ReconciliationRun, RunState
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.jobs import JOBS, wake

from .reconcile import Comparison, reconcile

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
"""A run whose worker died is done again after so long."""
MOST_KEPT = 200
"""So many of its differences a run tells in words; all are rows of their own."""


def ask_reconciliation(*, run_id: UUID, asked_by: str) -> ReconciliationRun:
    """Have a worker compare; the same run for the same id."""
    run = ReconciliationRun(id=run_id, asked_by=asked_by)

    def write() -> None:
        run.save(force_insert=True)
        wake(JOBS["payments.run_reconciliations"])

    try:
        transact("payments", write)
    except IntegrityError:
        return ReconciliationRun.objects.get(pk=run_id)
    return run


def run_reconciliation(run: ReconciliationRun) -> bool:
    """Compare, and keep what came of it. False if another worker has it."""
    until = clock.now() + LEASE
    mine = ReconciliationRun.objects.filter(pk=run.pk, state=run.state, due=run.due)
    if not transact("payments", lambda: mine.update(state=RunState.RUNNING, due=until)):
        return False
    fault("payments.reconciliation.claimed")
    try:
        changes = _told(reconcile())
    except Unavailable as error:
        logger.warning("The provider could not be asked for its books: %s", error)
        changes = {"state": RunState.FAILED, "error": f"The provider could not be asked: {error}"[:500]}
    except Exception as error:
        logger.exception("The comparison with the provider failed")
        changes = {"state": RunState.FAILED, "error": repr(error)[:500]}
    changes["finished_at"] = clock.now()
    leased = ReconciliationRun.objects.filter(pk=run.pk, state=RunState.RUNNING, due=until)
    transact("payments", lambda: leased.update(**changes))
    return True


def _told(result: Comparison) -> dict[str, Any]:
    differences = [
        {
            "kind": one.kind.value,
            "detail": one.detail,
            "order_id": str(one.order_id) if one.order_id else None,
            "reference": one.reference,
        }
        for one in result.found[:MOST_KEPT]
    ]
    return {
        "state": RunState.DONE,
        "since": result.since,
        "until": result.until,
        "found": len(result.found),
        "news": result.news,
        "differences": differences,
        "error": "",
    }
