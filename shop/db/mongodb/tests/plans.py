"""What `explain` says, reduced to what a test asks: which stages and indexes a query uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def stages(queryset: Any) -> set[str]:
    """Every stage of the winning plans."""
    return {node["stage"] for node in _nodes(_winning(json.loads(queryset.explain()))) if "stage" in node}


def indexes(queryset: Any) -> set[str]:
    """Every index that the winning plans read."""
    return {node["indexName"] for node in _nodes(_winning(json.loads(queryset.explain()))) if "indexName" in node}


def _winning(plan: Any) -> list[Any]:
    return [node["winningPlan"] for node in _nodes(plan) if "winningPlan" in node]


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from _nodes(item)
