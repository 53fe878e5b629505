"""Do all the background work, here and now."""

from __future__ import annotations

from django.conf import settings

from shop.jobs import JOBS, woken

ROUNDS = 50


def drain(*contexts: str) -> int:
    """Run the jobs of the local (or the given) contexts until none finds anything; answers how much was done.

    An exception of a job is not swallowed, as the worker would: a test wants to see it.
    """
    chosen = contexts or settings.SHOP_CONTEXTS
    total = 0
    for _ in range(ROUNDS):
        woken.clear()
        done = sum(job() for name, job in sorted(JOBS.items()) if job.context in chosen)
        total += done
        if not done:
            return total
    raise AssertionError(f"The jobs still found work after {ROUNDS} rounds")
