"""Carrying out a call: here, here through the codec and twice (strict), or at another deployment unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.conf import settings
from django.db import IntegrityError

from shop.call import remaining, scope
from shop.db import alias, forbid_transaction, transact
from shop.errors import DeadlineExceeded, DomainError, IdempotencyMismatch, Unavailable
from shop.faults import fault
from shop.models import CommandRecord

from .declare import Port
from .unknown import unknown

fakes: dict[str, dict[str, Callable[..., Any]]] = {}
"""Test doubles by context, put here by shop.testing.ports only."""


def ask(port: Port, arguments: dict[str, Any]) -> Any:
    """The caller's side of every port call."""
    forbid_transaction(port.full_name)
    with scope(port.timeout):
        if port.context not in settings.SHOP_CONTEXTS and port.context not in fakes:
            from .remote import ask_remote

            return ask_remote(port, arguments)
        if settings.SHOP_SHAPE == "strict":
            return _ask_strictly(port, arguments)
        return carry_out(port, arguments)


def carry_out(port: Port, arguments: dict[str, Any]) -> Any:
    """The callee's side, in this process."""
    left = remaining()
    if left is not None and left <= 0:
        raise DeadlineExceeded(f"{port.full_name}: no time left")
    if port.context in fakes:
        return _fake(port)(**arguments)
    if port.is_recorded:
        return _once(port, arguments)
    return port.implementation(**arguments)


def _ask_strictly(port: Port, arguments: dict[str, Any]) -> Any:
    """Everything through the codec and every call made twice: shows what only extraction would show.

    The second answer of a recorded command must equal the first. A query may see newer data, and a
    command that calls out may find that the provider has moved on.
    """
    first = _through_codec(port, arguments)
    second = _through_codec(port, arguments)
    if port.is_recorded and first != second and port.context not in fakes:
        raise AssertionError(f"{port.full_name} answers a repeat differently: {first!r}, then {second!r}")
    return second


def _through_codec(port: Port, arguments: dict[str, Any]) -> Any:
    received = port.decode(port.encode(arguments))
    try:
        return port.answer.decode(msgspec.json.encode(carry_out(port, received)))
    except DomainError as error:
        raise DomainError.from_wire(msgspec.json.decode(msgspec.json.encode(error.to_wire()))) from None
    except DeadlineExceeded:
        raise  # the caller's own clock says it too
    except Unavailable as error:
        raise unknown(msgspec.json.encode(error.to_wire())) from None


def _once(port: Port, arguments: dict[str, Any]) -> Any:
    """Effect and record in one transaction. Whoever comes later, or loses a race, gets the stored answer.

    What the database refuses beside what a rival wrote in that moment is tried once more.
    """
    said = port.digest(arguments)
    record_id = CommandRecord.id_of(port.name, str(arguments[str(port.key)]))
    record = _record(port, record_id, said)
    if record is not None:
        return port.answer.decode(record.answer)

    def effect() -> Any:
        answer = port.implementation(**arguments)
        CommandRecord(id=record_id, arguments=said, answer=msgspec.json.encode(answer).decode()).save(
            using=alias(port.context), force_insert=True
        )
        fault(f"ports.{port.full_name}.before_commit")
        return answer

    tries = 2
    while True:
        tries -= 1
        try:
            answer = transact(port.context, effect)
        except (DomainError, IntegrityError) as error:
            # A twin may have won meanwhile; then its success is the answer, not our refusal.
            record = _record(port, record_id, said)
            if record is not None:
                return port.answer.decode(record.answer)
            # Or a rival has written since we looked what may not stand beside ours: who looks again sees it.
            if not tries or isinstance(error, DomainError):
                raise
        else:
            fault(f"ports.{port.full_name}.after_commit")
            return answer


def _record(port: Port, record_id: str, said: str) -> CommandRecord | None:
    record = CommandRecord.objects.using(alias(port.context)).filter(pk=record_id).first()
    if record is not None and record.arguments != said:
        raise IdempotencyMismatch(
            f"{port.full_name} was called with this {port.key} and other arguments.", port=port.full_name
        )
    return record


def _fake(port: Port) -> Callable[..., Any]:
    try:
        return fakes[port.context][port.name]
    except KeyError:
        raise AssertionError(f"{port.full_name} was asked, but the test gave no fake for it") from None
