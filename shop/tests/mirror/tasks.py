"""One job; tests say what it does by `todo`."""

from __future__ import annotations

from datetime import timedelta

from shop.jobs import job

todo: list[int] = []
ran: list[int] = []


@job(every=timedelta(seconds=10), batch=2)
def work() -> int:
    """Takes up to two things."""
    mine = todo[:2]
    del todo[:2]
    ran.append(len(mine))
    if mine == [-1]:
        raise ValueError("it broke")
    return len(mine)
