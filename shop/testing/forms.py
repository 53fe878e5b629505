"""A form of a page as a browser sends it back: what the page shows, and nothing that it does not."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

TICKED = ("checkbox", "radio")
NOT_SENT = ("submit", "button", "file", "reset", "image")


class _Form(HTMLParser):
    """Collects the fields of the form with this id."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.inside = False
        self.sent: dict[str, Any] = {}
        self._select = self._textarea = ""
        self._many = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = found.get("id") == self.wanted
        if not self.inside or "disabled" in found:
            return
        name = found.get("name", "")
        if tag == "input" and name and found.get("type", "text") not in NOT_SENT:
            self._input(name, found)
        elif tag == "select":
            self._select, self._many = name, "multiple" in found
        elif tag == "option" and self._select:
            self._option(found)
        elif tag == "textarea":
            self._textarea = name
            self.sent[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.sent[self._textarea] += data.removeprefix("\n") if not self.sent[self._textarea] else data

    def _option(self, found: dict[str, str]) -> None:
        name, value = self._select, found.get("value", "")
        if self._many:
            self.sent[name] = [*self.sent.get(name, []), *([value] if "selected" in found else [])]
        elif "selected" in found or name not in self.sent:  # the first one is chosen when none is marked
            self.sent[name] = value

    def _input(self, name: str, found: dict[str, str]) -> None:
        if found.get("type") not in TICKED:
            self.sent[name] = found.get("value", "")
        elif "checked" in found:
            self.sent[name] = [*self.sent.get(name, []), found.get("value", "on")]


def shown_form(answer: Any, form: str) -> dict[str, Any]:
    """The fields of the form with this id, as they stand on the page."""
    page = _Form(form)
    page.feed(answer.content.decode())
    return page.sent


class _Links(HTMLParser):
    """Counts links that stand within another: a browser takes them apart, and the outer one is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.open = self.nested = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "a":
            self.nested += self.open > 0
            self.open += 1

    def handle_endtag(self, tag: str) -> None:
        self.open -= tag == "a"


def nested_links(answer: Any) -> int:
    """How many links of the page stand within another one."""
    page = _Links()
    page.feed(answer.content.decode())
    return page.nested
