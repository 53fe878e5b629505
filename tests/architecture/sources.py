"""The product's own source files, as text and as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
CONTEXTS = ("accounts", "catalog", "cart", "orders", "payments", "notifications")
DOUBLES = {"tests", "testing", "fakes"}


@dataclass(frozen=True)
class Source:
    """One Python file by its path from the checkout."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's folders and its file name."""
        return tuple(self.path.split("/"))

    def at(self, node: ast.AST) -> str:
        """Where a finding stands."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


def product() -> list[Source]:
    """Everything under apps, shop and config but tests, their doubles and generated migrations."""
    return [source for source in every() if not DOUBLES & set(source.parts) and "migrations" not in source.parts]


def every() -> list[Source]:
    """Everything under apps, shop, config and tests."""
    return [
        Source(str(file.relative_to(CHECKOUT)), file.read_text(encoding="utf-8"))
        for root in ("apps", "shop", "config", "tests")
        for file in sorted((CHECKOUT / root).rglob("*.py"))
    ]


def calls(source: Source) -> Iterator[tuple[ast.Call, str, str]]:
    """Each call with the text of what is called and its last word: `x.objects.filter(a=1).update(...)`, "update"."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            yield node, called, called.rpartition(".")[2]
