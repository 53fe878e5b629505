"""What was sent back is here: how much of each line, in what state, and whether it can be sold again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F

from apps.catalog import api as catalog
from apps.orders import queries
from apps.orders.contracts import Condition, PackedLine, ReturnReceived, ReturnStatus
from apps.orders.models import Order, OrderLine, Return, ReturnLine
from apps.orders.rules import may_move_return
from shop import clock
from shop.errors import FieldError, Invalid, Unavailable
from shop.ids import uuid7

from .advance_order import lease_end
from .answer_return import told_of
from .move_return import Step, move_return
from .restock_return import restock_return

TRIES = 5


@dataclass(frozen=True, slots=True)
class Came:
    """Of one line: so many, in this state; put on the shelf at `location` (empty: where it was sold from) or not."""

    quantity: int
    condition: Condition = Condition.AS_NEW
    restock: bool = True
    location: str = ""


def receive_return(order: Order, back: Return, *, came: Mapping[str, Came] | None, actor: str) -> Return:
    """Write down what came (None is all, as new) and put it on the shelf; a worker does that if catalog is away.

    One that was received before stays as it is. Raises IllegalMove, Invalid.
    """
    if came is not None:
        _check_locations(came)
    for _ in range(TRIES):
        if back.received_at is not None:
            return back
        lines = queries.get_return_lines([back.pk])
        counted = {line.sku: Came(line.quantity) for line in lines} if came is None else came
        if may_move_return(back.status, ReturnStatus.RECEIVED):
            _check(lines, counted)
        if move_return(back, order, _step(order, back, lines, counted, actor)):
            return restock_return(order, back)
        back.refresh_from_db()
    raise Unavailable("The return is changing right now.", retry_after=1)


def _check_locations(came: Mapping[str, Came]) -> None:
    named = [(position, one.location) for position, one in enumerate(came.values()) if one.location and one.restock]
    if not named:
        return
    known = {place.code for place in catalog.get_locations()}
    errors = tuple(
        FieldError(f"/lines/{position}/location", "unknown_location", f"There is no location {code}.")
        for position, code in named
        if code not in known
    )
    if errors:
        raise Invalid(errors[0].detail, errors=errors)


def _check(lines: list[ReturnLine], came: Mapping[str, Came]) -> None:
    asked = {line.sku: line.quantity for line in lines}
    errors = []
    for position, (sku, one) in enumerate(came.items()):
        if sku not in asked:
            errors.append(FieldError(f"/lines/{position}/sku", "unknown_sku", f"{sku} is not in this return."))
        elif one.quantity > asked[sku]:
            told = f"{asked[sku]} of {sku} were to come back."
            errors.append(FieldError(f"/lines/{position}/quantity", "too_many", told))
    if not errors and not any(one.quantity for one in came.values()):
        errors.append(FieldError("/lines", "empty", "Something came back; else reject the return."))
    if errors:
        raise Invalid(errors[0].detail, errors=tuple(errors))


def _step(order: Order, back: Return, lines: list[ReturnLine], came: Mapping[str, Came], actor: str) -> Step:
    at = clock.now()
    here = tuple(
        PackedLine(line.sku, line.name, came[line.sku].quantity)
        for line in lines
        if line.sku in came and came[line.sku].quantity
    )
    return Step(
        ReturnStatus.RECEIVED,
        ", ".join(f"{line.quantity} x {line.sku} {came[line.sku].condition}" for line in here),
        changes={"received_at": at, "restock_id": uuid7(), "due": lease_end(), "attempts": 1},
        events=(ReturnReceived(**told_of(order), return_id=back.pk, lines=here, received_at=at),),
        also=lambda: _write(lines, came),
        actor=actor,
    )


def _write(lines: list[ReturnLine], came: Mapping[str, Came]) -> None:
    """What came; what did not may be asked for again."""
    for line in sorted(lines, key=lambda line: line.line_id):
        one = came.get(line.sku, Came(0, restock=False))
        ReturnLine.objects.filter(pk=line.pk).update(
            received=one.quantity,
            condition=one.condition.value if one.quantity else "",
            restock=one.restock and one.quantity > 0,
            location=one.location,
        )
        if missing := line.quantity - one.quantity:
            OrderLine.objects.filter(pk=line.line_id).update(returning=F("returning") - missing)
