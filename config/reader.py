"""Reads variables by name and kind, from the process's environment and from the checkout's `.env`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from config.values import ConfigurationError, split_url


def dotenv(file: Path) -> dict[str, str]:
    """KEY=VALUE lines; #-lines and empty ones are skipped, one pair of quotes around a value is taken off."""
    values: dict[str, str] = {}
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return values
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(file.name, "the file cannot be read as UTF-8 text.") from None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)", line)
        if match is None:
            raise ConfigurationError(file.name, f"line {number} is not like NAME=value.")
        value = match[2]
        if value[:1] in {'"', "'"}:
            if len(value) < 2 or value[-1] != value[0]:
                raise ConfigurationError(file.name, f"the quote of line {number} is not closed.")
            value = value[1:-1]
        else:
            value = re.sub(r"(^|\s)#.*", "", value).strip()
        values[match[1]] = value
    return values


class Reader:
    """Variables by name; each method refuses what is not of its kind. An empty variable counts as absent."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._asked: set[str] = set()

    def given(self, name: str) -> str:
        """The text of a variable, "" when absent."""
        self._asked.add(name)
        value = self._values.get(name, "").strip()
        if "\x00" in value or "\n" in value:
            raise ConfigurationError(name, "it must be one line of text.")
        return value

    def refuse_misspelt(self, names: Iterable[str]) -> None:
        """Refuse a name that nobody asked for when it is like one that somebody did, best of its family."""
        for name in names:
            if name not in self._asked and (like := get_close_matches(name, self._asked, n=3, cutoff=0.7)):
                family = name.partition("_")[0]
                meant = next((one for one in like if one.partition("_")[0] == family), like[0])
                raise ConfigurationError(name, f"there is no such variable; {meant} is meant, perhaps.")

    def text(self, name: str, default: str) -> str:
        """The text of a variable, or `default`."""
        return self.given(name) or default

    def choice(self, name: str, default: str, *known: str) -> str:
        """One of `known`."""
        value = self.text(name, default)
        if value not in known:
            raise ConfigurationError(name, f"{value!r} is not known; it is one of {', '.join(known)}.")
        return value

    def whole(self, name: str, default: int, lowest: int, highest: int) -> int:
        """A whole number between two bounds."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"\d{1,12}", value) or not lowest <= int(value) <= highest:
            raise ConfigurationError(name, f"{value!r} is no whole number from {lowest} to {highest}.")
        return int(value)

    def seconds(self, name: str, default: float, lowest: float, highest: float) -> float:
        """A duration in seconds, fractions allowed."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", value) or not lowest <= float(value) <= highest:
            raise ConfigurationError(name, f"{value!r} is no number of seconds from {lowest:g} to {highest:g}.")
        return float(value)

    def port(self, name: str, default: int) -> int:
        """A TCP port."""
        return self.whole(name, default, 1, 65535)

    def address(self, name: str, default: str) -> str:
        """The address of an HTTP server, without a slash at its end."""
        value = self.text(name, default)
        parts = split_url(name, value, ("http", "https"))
        if parts.query or parts.fragment or parts.username:
            raise ConfigurationError(name, "it is an address only: no user, no ?, no #.")
        return value.rstrip("/")
