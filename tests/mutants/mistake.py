"""One mistake: a replacement of text that must be there exactly once, so that moved code is noticed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """What somebody could believe to be as good, and the tests that know better."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


def planted(mistake: Mistake, source: str) -> str:
    """The source with the mistake. Raises when the code has moved: change the list with it."""
    count = source.count(mistake.right)
    if count != 1:
        raise ValueError(f"{mistake.name}: {mistake.file} has its text {count} times, not once:\n{mistake.right}")
    return source.replace(mistake.right, mistake.wrong)
