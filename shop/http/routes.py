"""Routes found by the first segment of their path: a shop has over a hundred, and Django tries one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.urls import URLPattern, URLResolver
from django.urls.resolvers import ResolverMatch, RoutePattern

Route = URLPattern | URLResolver


class BySegment(URLResolver):
    """What `path(prefix, include(routes))` finds, in the same order, at the cost of the routes of one segment.

    Only routes that begin with the segment asked for, or with a parameter, can match it: the others are left out.
    """

    def __init__(self, prefix: str, routes: Sequence[Route]) -> None:
        super().__init__(RoutePattern(prefix), list(routes))
        self._prefix = prefix

    def resolve(self, path: str) -> ResolverMatch:
        """As Django's. Raises Resolver404."""
        text = str(path)
        segment = text[len(self._prefix) :].partition("/")[0] if text.startswith(self._prefix) else ""
        found: ResolverMatch = self._by_segment.get(segment, self._others).resolve(text)
        return found

    @cached_property
    def _by_segment(self) -> dict[str, URLResolver]:
        first = [(route, _first_segment(route)) for route in self.url_patterns]
        return {
            segment: self._of([route for route, own in first if own in {segment, None}])
            for _, segment in first
            if segment is not None
        }

    @cached_property
    def _others(self) -> URLResolver:
        return self._of([route for route in self.url_patterns if _first_segment(route) is None])

    def _of(self, routes: list[Any]) -> URLResolver:
        return URLResolver(self.pattern, routes)


def _first_segment(route: Any) -> str | None:
    """None when it may be any."""
    if not isinstance(route.pattern, RoutePattern):
        return None
    segment, slash, _ = str(route.pattern).partition("/")
    whole = bool(slash) or isinstance(route, URLPattern)
    return segment if whole and "<" not in segment else None
