"""The gateway's routes, made of the URL configuration: which context answers which path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern

from config.contexts import CONTEXTS
from shop.registry import package_of

ANY = "*"
"""One segment of a path, whatever it is."""


@dataclass(frozen=True, slots=True)
class Location:
    """Paths that one context answers: `exact` ones alone, else the path and all below it."""

    segments: tuple[str, ...]
    context: str
    exact: bool = False

    @property
    def directives(self) -> tuple[str, ...]:
        """How nginx writes it. A variable segment makes a regular expression, all else is compared."""
        path = "/" + "/".join(self.segments)
        if ANY in self.segments:
            pattern = path.replace(".", r"\.").replace(ANY, "[^/]+")
            return (f"~ ^{pattern}$" if self.exact else f"~ ^{pattern}(?:/|$)",)
        return (f"= {path}",) if self.exact else (f"= {path}", f"^~ {path}/")


@dataclass(slots=True)
class _Node:
    owners: set[str] = field(default_factory=set)
    ends: str = ""
    below: dict[str, _Node] = field(default_factory=dict)


class TwoOwners(Exception):
    """Two contexts answer the same path."""


def locations() -> list[Location]:
    """As few as tell the contexts apart: whole subtrees of one context, single paths of shared ones."""
    root = _Node()
    for context in CONTEXTS:
        for segments in _paths(context):
            _plant(root, segments, context)
    return sorted(_walk(root, ()), key=lambda one: (ANY in one.segments, -len(one.segments), one.segments))


def _paths(context: str) -> Iterator[tuple[str, ...]]:
    for module, prefix in ((f"{package_of(context)}.http.urls", "api/v1/"), (f"{package_of(context)}.http.pages", "")):
        if find_spec(module.rpartition(".")[0]) is None or find_spec(module) is None:
            continue
        for route in import_module(module).urlpatterns:
            assert isinstance(route, URLPattern)
            text = str(route.pattern).removeprefix("^").removesuffix("/?$")
            yield tuple(ANY if part.startswith("<") else part for part in (prefix + text).split("/"))


def _plant(node: _Node, segments: tuple[str, ...], context: str) -> None:
    node.owners.add(context)
    for segment in segments:
        node = node.below.setdefault(segment, _Node())
        node.owners.add(context)
    if node.ends not in {"", context}:
        raise TwoOwners(f"/{'/'.join(segments)} is answered by {node.ends} and by {context}.")
    node.ends = context


def _walk(node: _Node, path: tuple[str, ...]) -> Iterator[Location]:
    if len(node.owners) == 1 and path and path[-1] not in {"api", "v1"}:
        yield Location(path, next(iter(node.owners)))
        return
    if node.ends:
        yield Location(path, node.ends, exact=True)
    for segment, child in node.below.items():
        yield from _walk(child, (*path, segment))
