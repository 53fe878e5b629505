"""Every kind of problem described: what `type` of a problem document leads to, and docs/problems.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getdoc

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from shop.errors import ERRORS
from shop.http.problems import TITLES, slug_of, title_and_status

MEANINGS = {
    "method_not_allowed": "This path has other methods: see Allow.",
    "not_acceptable": "This path answers JSON, or a page for a browser, and Accept wants neither.",
    "unsupported_media_type": "The body must be application/json, or what the operation names.",
    "length_required": "Send the body with Content-Length, not in chunks.",
    "body_too_large": "The body is larger than this path accepts.",
    "unavailable": "A part of the shop does not answer. Repeat after Retry-After, with the same Idempotency-Key.",
    "server_error": "A fault of ours, which was recorded. Tell us the request_id.",
}
"""Of the codes that no class of ours stands for."""
HEAD = """# Problems

Written by `make problems` from the code; do not edit. Errors are problem documents (RFC 9457): `code` is stable, for
programs, `type` leads to its description here, `errors` points at each wrong place of a body or query.

| code | status | title | meaning |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Known:
    """One code."""

    code: str
    status: int
    title: str
    meaning: str


def known() -> Iterator[Known]:
    """All codes of the contexts that run here, without those of tests."""
    codes = {code for code, error in ERRORS.items() if ".tests." not in error.__module__} | set(TITLES)
    for code in sorted(codes):
        title, status = title_and_status(code)
        meaning = MEANINGS.get(code) or getdoc(ERRORS[code]) or ""
        yield Known(code, status, title, " ".join(meaning.split()))


def markdown() -> str:
    """docs/problems.md."""
    rows = (f"| `{one.code}` | {one.status} | {one.title} | {one.meaning.replace('|', '/')} |\n" for one in known())
    return HEAD + "".join(rows)


def problem_page(request: HttpRequest, slug: str = "") -> HttpResponse:
    """What a `type` leads to: all codes that end in these words; without any, all codes."""
    found = [one for one in known() if slug in {"", slug_of(one.code)}]
    if not found:
        raise Http404
    answer = render(request, "shop/problems.html", {"found": found, "whole": not slug})
    answer["Cache-Control"] = "public, max-age=3600"
    return answer
