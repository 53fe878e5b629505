"""What staff answers to a return (yes, no, came but nothing is paid for it), and what the buyer may take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F

from apps.orders import queries
from apps.orders.contracts import PackedLine, ReturnAuthorised, ReturnRejected, ReturnStatus
from apps.orders.models import Order, OrderLine, Return, ReturnLine
from shop import clock
from shop.errors import Unavailable

from .move_return import Step, move_return

TRIES = 5


def authorise_return(order: Order, back: Return, *, answer: str, actor: str) -> Return:
    """The buyer may send it back, and is told. One that is authorised stays so. Raises IllegalMove."""

    def step(lines: list[ReturnLine]) -> Step:
        event = ReturnAuthorised(
            **told_of(order), return_id=back.pk, lines=as_asked(lines), message=answer, authorised_at=clock.now()
        )
        return Step(ReturnStatus.AUTHORISED, answer, {"answer": answer}, (event,), actor=actor)

    return _answered(order, back, ReturnStatus.AUTHORISED, step)


def reject_return(order: Order, back: Return, *, answer: str, actor: str) -> Return:
    """The buyer is told why not; what was in it may be asked for again. Raises IllegalMove once it came."""

    def step(lines: list[ReturnLine]) -> Step:
        event = ReturnRejected(
            **told_of(order), return_id=back.pk, lines=as_asked(lines), reason=answer, rejected_at=clock.now()
        )
        changes, free = {"answer": answer}, lambda: _let_go(lines)
        return Step(ReturnStatus.REJECTED, answer, changes, (event,), free, actor)

    return _answered(order, back, ReturnStatus.REJECTED, step)


def withdraw_return(order: Order, back: Return, *, actor: str) -> Return:
    """The buyer keeps it; what was in it may be asked for again. Raises IllegalMove once it came."""

    def step(lines: list[ReturnLine]) -> Step:
        return Step(ReturnStatus.WITHDRAWN, also=lambda: _let_go(lines), actor=actor)

    return _answered(order, back, ReturnStatus.WITHDRAWN, step)


def close_return(order: Order, back: Return, *, answer: str, actor: str) -> Return:
    """It came, and no money goes back for it. Raises IllegalMove."""
    return _answered(
        order,
        back,
        ReturnStatus.CLOSED,
        lambda _lines: Step(ReturnStatus.CLOSED, answer, {"answer": answer}, actor=actor),
    )


def told_of(order: Order) -> dict[str, Any]:
    """What every event of a return says of its order."""
    names = ("number", "customer_id", "email", "phone")
    return {"order_id": order.pk, **{name: getattr(order, name) for name in names}}


def as_asked(lines: list[ReturnLine]) -> tuple[PackedLine, ...]:
    """What shall come back."""
    return tuple(PackedLine(line.sku, line.name, line.quantity) for line in lines)


def _answered(order: Order, back: Return, to: ReturnStatus, step: Callable[[list[ReturnLine]], Step]) -> Return:
    for _ in range(TRIES):
        if back.status == to:
            return back
        if move_return(back, order, step(queries.get_return_lines([back.pk]))):
            return back
        back.refresh_from_db()
    raise Unavailable("The return is changing right now.", retry_after=1)


def _let_go(lines: list[ReturnLine]) -> None:
    for line in sorted(lines, key=lambda line: line.line_id):
        OrderLine.objects.filter(pk=line.line_id).update(returning=F("returning") - line.quantity)
