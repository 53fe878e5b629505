"""Every list knows the parameters of the OpenAPI document and refuses all others by name."""

from __future__ import annotations

from typing import Any

from tests.attacks.operations import Operation, operations
from tests.attacks.world import World, attack


def lists(world: World) -> list[tuple[Operation, Any]]:
    """Each GET that answers with `data`, and what it answers to `?nonsense=1`."""
    found = []
    for operation in operations():
        path = world.path(operation, user_id=str(world.ada))
        if operation.method != "GET" or attack(operation, path, b"", world.headers(operation)).status_code != 200:
            continue
        if "data" in attack(operation, path, b"", world.headers(operation)).json():
            found.append((operation, path))
    return found


def refused(world: World, operation: Operation, path: str, name: str) -> bool:
    """Whether it is refused because there is no such parameter."""
    answer = attack(operation, f"{path}?{name}=1", b"", world.headers(operation))
    if answer.status_code != 422:
        return False
    return ("/" + name, "unknown_parameter") in [(one["pointer"], one["code"]) for one in answer.json()["errors"]]


def test_no_list_leaves_a_parameter_aside_that_it_does_not_have(world: World) -> None:
    found = lists(world)
    assert len(found) >= 30
    assert [one.name for one, path in found if not refused(world, one, path, "nonsense")] == []


def test_every_list_has_the_parameters_that_the_document_names(world: World) -> None:
    wrong = [
        (one.name, parameter["name"])
        for one, path in lists(world)
        for parameter in one.named("query")
        if refused(world, one, path, parameter["name"])
    ]
    assert wrong == []
